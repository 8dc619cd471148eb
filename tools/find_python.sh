#!/bin/sh
# Prints the path of a usable Python 3.12 (PYTHON, PATH, pyenv, conda, uv, in this order), or says what to install.
# Usable means: it starts, it is CPython 3.12, and it can make virtual environments.

usable() {
    [ -n "$1" ] && "$1" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info[:2] != (3, 12))' >/dev/null 2>&1
}

is_312() {
    [ -n "$1" ] && "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 12))' >/dev/null 2>&1
}

candidates() {
    [ -n "$PYTHON" ] && echo "$PYTHON"
    for name in python3.12 python3 python; do
        command -v "$name" 2>/dev/null
    done
    ls -d "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.12*/bin/python 2>/dev/null
    [ -n "$CONDA_PREFIX" ] && echo "$CONDA_PREFIX/bin/python"
    for root in "$HOME"/miniconda3 "$HOME"/anaconda3 "$HOME"/miniforge3 "$HOME"/mambaforge /opt/conda; do
        ls -d "$root"/bin/python "$root"/envs/*/bin/python 2>/dev/null
    done
    command -v uv >/dev/null 2>&1 && uv python find 3.12 2>/dev/null
    ls -d /usr/local/bin/python3.12 /opt/homebrew/bin/python3.12 2>/dev/null
}

without_venv=
old_ifs=$IFS
IFS='
'
for candidate in $(candidates); do
    if usable "$candidate"; then
        "$candidate" -c 'import sys; print(sys.executable)'
        exit 0
    fi
    is_312 "$candidate" && without_venv=$candidate
done
IFS=$old_ifs

if [ -n "$without_venv" ]; then
    echo "Python 3.12 ($without_venv) cannot make virtual environments: install its venv package (Debian, Ubuntu: apt-get install python3.12-venv) and run the command again." >&2
else
    echo "Python 3.12 was not found on the PATH nor in pyenv, conda or uv: install it (for example 'uv python install 3.12', 'pyenv install 3.12', or your system's python3.12, python3.12-dev and python3.12-venv) and run the command again." >&2
fi
exit 1
