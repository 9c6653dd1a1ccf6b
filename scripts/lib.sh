# shellcheck shell=bash
# Shared by the scripts, which source it first. Sets $repository (the checkout) and $program (the script's name).

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=${0##*/}

fail() { # EXIT_CODE MESSAGE
  echo "$program: $2" >&2
  exit "$1"
}

# Prints the comment at the head of the script that runs.
usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$repository/scripts/$program"; }

bad_usage() { fail 2 "$1; see scripts/$program --help"; } # MESSAGE

# Fails unless an option is followed by its value: needs_value "$@" while the option is the first argument.
needs_value() { [ $# -gt 1 ] || bad_usage "$1 needs a value"; }

# Prints the folder of a shared part (kafka, influxdb, peers …), where this machine has parts.
shared_part() { # NAME
  local get=${EFD_SHARED:-$repository/../shared}/parts/get
  [ -x "$get" ] && "$get" "$1"
}

# Processes.

# Whether a process runs; one that ended and waits for its parent does not.
alive() { [ -n "$1" ] && grep -qs '^State:[[:space:]]*[A-WYa-z]' "/proc/$1/status"; } # PID

# Ends processes in order, and by force after 10 s: a Connect worker may never end by itself.
end_processes() { # PID...
  [ $# -gt 0 ] || return 0
  kill "$@" 2>/dev/null || true
  local pid
  for _ in {1..100}; do
    for pid; do ! alive "$pid" || { sleep 0.1 && continue 2; }; done
    break
  done
  kill -KILL "$@" 2>/dev/null || true
  wait "$@" 2>/dev/null || true
}

# Closes descriptors that a server would otherwise inherit from its caller: sockets, pipes.
close_inherited() {
  local path number
  for path in /proc/"$BASHPID"/fd/*; do
    number=${path##*/}
    [ "$number" -lt 3 ] || [ "$number" = 255 ] || eval "exec $number>&-"
  done
}

# Servers with their own folder: DIR/pid, and a configuration file in DIR that the command line names.

# Whether the server with this configuration runs; its process is $pid then. Not a process that reused its number.
running() { # FILE
  pid=$(cat "${1%/*}/pid" 2>/dev/null) && alive "$pid" || return 1
  tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "$1"
}

# Ends the server with this configuration by a signal, by force if it still runs after SECONDS.
stop_server() { # FILE SIGNAL SECONDS
  local tenth
  if running "$1"; then
    kill "-$2" "$pid" 2>/dev/null || true
    for ((tenth = 0; tenth < $3 * 10 + 50; tenth++)); do
      running "$1" || break
      [ "$tenth" != $(($3 * 10)) ] || kill -KILL "$pid" 2>/dev/null || true
      sleep 0.1
    done
  fi
  rm -f "${1%/*}/pid"
}

# Sends the server a signal once its owner has ended, for any reason; then removes FOLDER, if given.
guard() { # OWNER_PID PID SIGNAL [FOLDER]
  # shellcheck disable=SC2016 # The inner shell expands these.
  setsid bash -c "$(declare -f alive)"'
    while alive "$1" && alive "$2"; do sleep 0.5; done
    alive "$1" && exit
    kill "-$3" "$2"
    [ -z "$4" ] || { sleep 0.2; rm -rf "$4"; }' guard "$1" "$2" "$3" "${4:-}" >/dev/null 2>&1 </dev/null &
  disown
}

# Ports and pages.

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; } # PORT

# Prints a free port below the kernel's ephemeral range, where no outgoing connection takes it meanwhile.
free_port() {
  local port
  for _ in {1..100}; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    listens "$port" || { echo "$port" && return; }
  done
  fail 1 "found no free port"
}

# Waits up to 30 s until a service answers; shows the end of its log if it does not.
ready() { # URL LOG...
  for _ in {1..300}; do
    curl -fs -o /dev/null "$1" && return
    sleep 0.1
  done
  tail -n 20 "${@:2}" >&2
  fail 1 "$1 does not answer"
}
