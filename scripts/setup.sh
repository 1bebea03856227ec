# shellcheck shell=bash
# What this checkout needs from the machine, brought there once. Sourced, never run.
#
# The caller sets `root` (the checkout) and calls `setup runtime` or `setup dev`. Afterwards
# `venv` is an environment that holds requirements/runtime.txt or requirements/dev.txt.
# When everything is in place already this file starts no process at all and says nothing;
# otherwise it says on standard error what it installs and where.
#
# Whatever cannot be had ends with exit 5, the code for "the keeper of this machine must act".

# The interpreter is the system's own, so that all users of a machine share results (design 11.2).
setup_python=${NOETHER_PYTHON:-/usr/bin/python3}

# Started by tests only; on Debian each is in the package of its name.
setup_test_programs=(git)

setup_say() { printf 'setup: %s\n' "$*" >&2; }

setup_stop() {
  setup_say "$@"
  exit 5
}

# ---------------------------------------------------------------- is anything to do? No forks here

# A stamp is four lines (checkout, interpreter asked for, the file it really is, kind) and the
# whole lock file: comparing 50 KB with builtins is faster than starting a program to hash them,
# and misses no change.
setup_stamp_holds() {
  local LC_ALL=C stamp=$2/noether-$1.stamp lock=$root/requirements/$1.txt
  local checkout asked real kind stamped wanted
  [[ -r $stamp && -x $2/bin/python ]] || return 1
  {
    read -r checkout && read -r asked && read -r real && read -r kind || return 1
    mapfile stamped
  } <"$stamp"
  [[ $checkout == "$root" && $asked == "$setup_python" && $kind == "$1" ]] || return 1
  # The path may lead to a newer Python since (an upgraded system): then it is another file.
  [[ $asked -ef $real ]] || return 1
  mapfile wanted <"$lock"
  [[ "${stamped[*]}" == "${wanted[*]}" ]]
}

# The same places as in noether_nix/process/nix_programs.py.
setup_nix_is_there() {
  [[ -n ${NOETHER_NIX:-} ]] || type -P nix-build >/dev/null ||
    [[ -x /nix/var/nix/profiles/default/bin/nix-build || -x /run/current-system/sw/bin/nix-build ]]
}

# Programs that only the tests start.
setup_test_programs_are_there() {
  [[ $1 != dev ]] || type -P "${setup_test_programs[@]}" >/dev/null
}

# Nix never builds as uid 0 here: as root it needs the members of this group.
setup_build_users_are_there() {
  local line
  ((EUID == 0)) || return 0
  while IFS= read -r line; do
    [[ $line == nixbld:*:*:?* ]] && return 0
  done </etc/group
  return 1
}

# The environment stands in the checkout; in a checkout that this account may not write to,
# below the data folder under the checkout's own path.
setup_choose_venv() {
  venv=$root/.venv
  if setup_stamp_holds "$1" "$venv"; then return 0; fi
  if [[ -e $venv ]]; then
    [[ -O $venv && -w $venv ]] && return 1
  elif [[ -w $root ]]; then
    return 1
  fi
  local home=${HOME:-~} # the system knows it too
  venv=${XDG_DATA_HOME:-$home/.local/share}/noether/venv$root
  setup_stamp_holds "$1" "$venv"
}

setup() {
  unset PYTHONHOME PYTHONPATH # another program's packages are not ours
  if setup_is_done "$1"; then return 0; fi
  setup_slowly "$1"
}

setup_is_done() {
  setup_choose_venv "$1" && setup_nix_is_there && setup_build_users_are_there &&
    setup_test_programs_are_there "$1"
}

# ---------------------------------------------------------------- something is to do

# One setup at a time: a second start waits at the lock and then finds the work done. Python and
# pip inherit the lock, so that it also holds while an orphan of a killed setup is still writing.
setup_slowly() (
  setup_check_interpreter
  mkdir -p -- "$venv" || setup_stop "cannot make the folder $venv"
  exec 9<"$venv"
  flock 9
  if setup_is_done "$1"; then exit 0; fi
  setup_machine "$1"
  if ! setup_stamp_holds "$1" "$venv"; then setup_environment "$1"; fi
)

setup_check_interpreter() {
  if [[ -x $setup_python ]]; then
    "$setup_python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
      setup_stop "Python 3.11 or newer is needed, $setup_python is $("$setup_python" -V); set NOETHER_PYTHON to a newer one"
  elif [[ -n ${NOETHER_PYTHON:-} ]]; then
    setup_stop "NOETHER_PYTHON names $NOETHER_PYTHON, which is no program"
  fi
  type -P flock >/dev/null || setup_stop "the program flock is needed (on most systems part of util-linux)"
}

setup_python_makes_environments() { "$setup_python" -c 'import ensurepip, venv' 2>/dev/null; }

# Fills `packages` (Debian's names) and `programs` (words for people elsewhere).
setup_find_missing() {
  local nix program
  packages=() programs=()
  nix=$(type -P nix-build || true)
  if ! setup_nix_is_there; then
    packages+=(nix-bin) programs+=("Nix 2.8 or newer (nix-build, nix-store, nix-instantiate)")
  fi
  # Debian's Nix has no shell of its own for the sandbox; other builds bring one.
  if [[ -z ${NOETHER_NIX:-} && (-z $nix || $nix == /usr/bin/*) ]] && ! type -P busybox >/dev/null; then
    packages+=(busybox-static) programs+=("a static busybox")
  fi
  if ! setup_python_makes_environments; then
    packages+=(python3-venv) programs+=("Python 3.11 or newer with its modules venv and ensurepip at $setup_python")
  fi
  if type -P apt-get >/dev/null && [[ ! -s /etc/ssl/certs/ca-certificates.crt ]]; then
    packages+=(ca-certificates) # pip speaks to its index over TLS
  fi
  if [[ $1 == dev ]]; then
    for program in "${setup_test_programs[@]}"; do
      type -P "$program" >/dev/null || packages+=("$program") programs+=("$program")
    done
  fi
}

setup_machine() {
  local -a packages programs
  setup_find_missing "$1"
  if ((${#packages[@]})); then
    if type -P apt-get >/dev/null && setup_can_be_root && setup_apt "${packages[@]}"; then
      hash -r
      setup_check_interpreter
    elif ! setup_stamp_holds "$1" "$venv"; then
      # Without Nix graphs can still be checked, and what needs it ends with 5 by itself; without
      # Python nothing can be done at all.
      setup_ask_administrator
    fi
    if ! setup_python_makes_environments; then
      [[ -x $setup_python ]] || setup_stop "there is no $setup_python"
      setup_stop "$setup_python cannot make environments (its modules venv and ensurepip are needed)"
    fi
  fi
  if ((EUID == 0)); then setup_build_users; fi
}

setup_can_be_root() {
  ((EUID == 0)) && return 0
  type -P sudo >/dev/null || return 1
  sudo -n true 2>/dev/null && return 0
  [[ -t 0 && -t 2 ]] # then sudo can ask for the password
}

setup_as_root() {
  if ((EUID == 0)); then "$@"; else sudo -- "$@"; fi
}

setup_apt() {
  local log
  local -a apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300)
  local -a install=("${apt[@]}" install --no-install-recommends --no-remove "$@")
  log=$(mktemp)
  setup_say "installing with apt: $*"
  # The package lists of a fresh or long unused system are missing or stale: then fetch them.
  # The lock (9) is not for what packages may start.
  if ! {
    setup_as_root "${install[@]}" || {
      setup_as_root "${apt[@]}" update && setup_as_root "${install[@]}"
    }
  } >"$log" 2>&1 </dev/null 9<&-; then
    tail -n 15 -- "$log" >&2
    rm -f -- "$log"
    return 1
  fi
  rm -f -- "$log"
  setup_say "installed into the system: $*"
}

setup_ask_administrator() {
  local program
  if type -P apt-get >/dev/null; then
    setup_say "this machine lacks: ${packages[*]}"
    if setup_can_be_root; then
      setup_say "apt could not install them, see above; this is what must succeed, as root"
    else
      setup_say "this account cannot install packages; ask an administrator for"
    fi
    setup_say "    apt-get install --no-install-recommends ${packages[*]}"
    return
  fi
  setup_say "this machine lacks"
  for program in "${programs[@]}"; do setup_say "  - $program"; done
  setup_say "only Debian's and Ubuntu's packages are installed from here; use your system's own means"
}

# The same users that Debian's nix-setup-systemd makes, without its daemon, which is not used.
setup_build_users() {
  local number
  local PATH=$PATH:/usr/sbin:/sbin
  setup_build_users_are_there && return 0
  if ! type -P useradd groupadd >/dev/null; then
    setup_say "no useradd here: make a group nixbld with members nixbld1 to nixbld10 for Nix to build as"
    return 0
  fi
  groupadd --force --system nixbld
  for number in {1..10}; do
    id "nixbld$number" >/dev/null 2>&1 || useradd --system --comment "Nix build user $number" \
      --home-dir /var/empty --no-create-home --gid nixbld --groups nixbld --no-user-group \
      --shell "$(type -P nologin || echo /bin/false)" "nixbld$number"
  done
  setup_say "made the group nixbld with the users nixbld1 to nixbld10, so that nothing is built as root"
}

# ---------------------------------------------------------------- the environment

setup_environment() {
  local packages
  setup_say "preparing a Python environment from $setup_python in $venv"
  rm -f -- "$venv"/noether-*.stamp
  setup_venv_is_sound || setup_make_venv
  setup_pip "$1"
  for packages in "$venv"/lib/python*/site-packages; do
    setup_path_line >"$packages/noether-nix.pth" # the checkout itself: there is no build step
  done
  setup_write_stamp runtime
  if [[ $1 == dev ]]; then setup_write_stamp dev; fi # dev.txt holds all of runtime.txt
  setup_say "installed requirements/$1.txt into $venv (removing that folder undoes it)"
}

# The line by which Python finds the checkout. Python reads it in the encoding of the locale, and in
# LC_ALL=C ends with an error at a name like "nœther": such a one is spelt in ASCII.
setup_path_line() {
  local LC_ALL=C
  if [[ $root == *[!\ -~]* ]]; then
    "$setup_python" -c 'import sys; print(f"import sys; sys.path.append({sys.argv[1]!a})")' "$root"
  else
    printf '%s\n' "$root"
  fi
}

# May what stands there be kept and added to? Not when it was made for another path or by another
# interpreter, nor when a killed pip left a package without its RECORD, which pip takes for whole.
setup_venv_is_sound() {
  local folder line made_here=
  local real='import os, sys; print(os.path.realpath(sys._base_executable))'
  [[ -x $venv/bin/python && -r $venv/pyvenv.cfg ]] || return 1
  while IFS= read -r line; do
    [[ $line == "command = "*" -m venv "*"$venv" ]] && made_here=yes
  done <"$venv/pyvenv.cfg"
  [[ $made_here ]] || return 1
  [[ "$("$venv/bin/python" -c "$real" 2>&1)" == "$("$setup_python" -c "$real")" ]] || return 1
  for folder in "$venv"/lib/python*/site-packages/*.dist-info; do
    [[ -f $folder/RECORD ]] || return 1
  done
  "$venv/bin/python" -m pip --version >/dev/null 2>&1
}

setup_make_venv() {
  local log
  log=$(mktemp)
  find "$venv" -mindepth 1 -delete
  if ! "$setup_python" -m venv "$venv" >"$log" 2>&1; then
    cat -- "$log" >&2
    rm -f -- "$log"
    setup_stop "$setup_python could not make an environment in $venv"
  fi
  rm -f -- "$log"
}

setup_pip() {
  local log
  log=$(mktemp)
  unset PIP_PREFIX PIP_ROOT PIP_TARGET # these would install elsewhere; mirrors and proxies stay
  if ! PIP_USER=0 "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --no-deps \
    --require-hashes --only-binary :all: --requirement "$root/requirements/$1.txt" >"$log" 2>&1; then
    tail -n 15 -- "$log" >&2
    rm -f -- "$log"
    setup_stop "pip could not install requirements/$1.txt; the next start goes on from here"
  fi
  rm -f -- "$log"
}

setup_write_stamp() {
  {
    printf '%s\n' "$root" "$setup_python" "$(readlink -f -- "$setup_python")" "$1"
    cat -- "$root/requirements/$1.txt"
  } >"$venv/noether-$1.stamp.new"
  mv -f -- "$venv/noether-$1.stamp.new" "$venv/noether-$1.stamp"
}
