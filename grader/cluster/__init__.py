"""Many machines: orders to their workers through Dask, large things through a folder that all of them see."""
