"""The `demo` pack: drawn cats and dogs, and a backbone this project trained on such drawings."""
