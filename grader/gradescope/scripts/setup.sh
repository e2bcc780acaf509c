#!/usr/bin/env bash
# Runs once, when Gradescope builds the image: installs the grader, then grades an empty notebook, so that whatever does
# not work here stops the build and not a student. The reference solution is measured on that occasion.
set -euo pipefail
root=/autograder
source=$root/source
cd "$source"

if [ ! -x "$root/venv/bin/python" ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq bubblewrap libseccomp2 graphviz
  python=""
  for name in @PYTHON@ python3.13 python3.12 python3.11; do
    if command -v "$name" >/dev/null; then python=$name; break; fi
  done
  if [ -z "$python" ]; then
    apt-get install -y -qq @PYTHON@ @PYTHON@-venv
    python=@PYTHON@
  fi
  apt-get install -y -qq "$python-venv" || true
  "$python" -m venv "$root/venv"
  "$root/venv/bin/pip" install --quiet --disable-pip-version-check \
    --requirement lab-grader/requirements.txt --constraint lab-grader/constraints.txt
fi

# Notebooks run as a user without rights: it needs the package and the pack, and nothing of the lab.
chmod -R a+rX lab-grader
if [ -d pack ]; then chmod -R a+rX pack; fi
chmod -R go-rwx lab lab.json
mkdir -p "$root/grader-home"
chmod 700 "$root/grader-home"
export GRADER_HOME=$root/grader-home PYTHONPATH=$source/lab-grader PYTHONDONTWRITEBYTECODE=1
"$root/venv/bin/python" -m grader.gradescope prepare
