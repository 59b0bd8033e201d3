# Shared by the scripts beside it, which source it: finds Python, makes .venv, installs, fetches the sentence model.
# Everything that it says goes to stderr, so that `scripts/run kb search --json` prints JSON and nothing else.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
venv="$root/.venv"
cache="$root/.cache"

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

# Prints the first Python that is new enough.
find_python() {
  local candidate
  for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}

# Prints what the environment must have been made from: the pins, this folder (scripts in .venv/bin name it), the Python.
wanted() {
  printf '%s %s %s' "$(cat "$root/pyproject.toml" "$root/constraints.txt" | cksum)" "$root" \
    "$(readlink -f "$venv/bin/python" 2>/dev/null)"
}

# installed NAME: whether .venv holds what NAME (run or dev) needs. The only thing that an ordinary start does.
installed() {
  local stamp=""
  [ -x "$venv/bin/vigil" ] && [ -x "$venv/bin/python" ] && [ -f "$venv/.installed-$1" ] || return 1
  read -r stamp <"$venv/.installed-$1" || true
  [ "$stamp" = "$(wanted)" ]
}

make_venv() {
  local python
  python=$(find_python) || fail "Python 3.11 or newer is needed; on Debian or Ubuntu: apt-get install python3 python3-venv"
  if [ -x "$venv/bin/python" ] && "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    return
  fi
  "$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "Python's venv module is missing; on Debian or Ubuntu: apt-get install python3-venv"
  say "making a virtual environment in .venv with $("$python" --version)"
  "$python" -m venv --clear "$venv" || fail "the virtual environment could not be made in $venv"
}

# pip_install ARGS...: quietly; the whole output stands in .cache/install.log.
pip_install() {
  "$venv/bin/python" -m pip install --disable-pip-version-check --no-input "$@" \
    >"$cache/install.log" 2>&1
}

# install NAME: everything that NAME (run or dev) needs, from the pinned versions; where one of them cannot be had (another
# Python, another platform), from what pyproject.toml allows.
install() {
  local what="$root"
  [ "$1" = dev ] && what="$root[dev]"
  make_venv
  rm -f "$venv"/.installed-*
  say "installing into .venv (one or two minutes the first time)"
  if ! pip_install --constraint "$root/constraints.txt" --editable "$what"; then
    say "the pinned versions cannot all be had; trying those that pyproject.toml allows"
    pip_install --editable "$what" ||
      fail "the installation failed: $(grep -o 'ERROR: .*' "$cache/install.log" | tail -n 1) (all of it: .cache/install.log)"
  fi
  [ "$1" = dev ] && stamp dev
  stamp run
}

# Written last, and in one step: an installation that was interrupted is done again.
stamp() {
  wanted >"$venv/.installing-$1"
  mv "$venv/.installing-$1" "$venv/.installed-$1"
}

# set_up NAME: install what NAME (run or dev) needs, unless it is there; starts at the same moment wait for the first.
set_up() {
  installed "$1" && return
  mkdir -p "$cache"
  (
    if command -v flock >/dev/null; then
      flock -n 9 || {
        say "waiting for another start to finish installing"
        flock 9
      }
    fi
    installed "$1" || install "$1"
  ) 9>"$cache/install.lock" || exit 1
}

# The sentence model is data, and optional: without it the built-in vectors serve.
fetch_weights() {
  case ${VIGIL_EMBEDDER:-auto} in
    auto | minilm) "$venv/bin/python" -I "$root/scripts/fetch_weights.py" "$cache/models/all-MiniLM-L6-v2" >&2 || true ;;
  esac
}
