# Where things are on this host; every hook reads it first. HOST_ROOT is empty on a machine of its own.
revision_folder=$(cd "$(dirname "$0")/.." && pwd)
revision=$(cat "$revision_folder/revision")
config="${HOST_ROOT:-}/etc/guestbook.conf"
home="${HOST_ROOT:-}/opt/guestbook"
pid_file="$home/guestbook.pid"

# The value of a NAME=VALUE line of the configuration; empty when it is not there.
setting() {
  sed -n "s/^$1=//p" "$config" | tail -n 1
}

# The process that the pid file names, but only while it is ours: numbers are used again.
running_pid() {
  pid=$(cat "$pid_file" 2>/dev/null) || return 1
  tr '\0' ' ' < "/proc/$pid/cmdline" 2>/dev/null | grep -q "$home/.*guestbook.py" || return 1
  echo "$pid"
}
