#!/usr/bin/env bash
# Starts a Slurm of one node on this machine, for the tests of the Slurm executor. Needs root, slurmctld,
# slurmd and munged (Debian: slurm-wlm, munge). Does nothing where a Slurm answers already.
#
#   start_slurm.sh         configure and start, wait until the node takes jobs
#   start_slurm.sh stop    end the daemons that this script has started
set -euo pipefail

state=${METAMAE_TEST_SLURM:-/var/lib/metamae-test-slurm}
conf=/etc/slurm/slurm.conf
mark='# Written by tests/slurm/start_slurm.sh'

fail() {
  printf 'start_slurm.sh: %s\n' "$*" >&2
  exit 1
}

stop_daemon() {
  local pid
  [[ -r $1 ]] || return 0
  pid=$(< "$1")
  [[ -n $pid ]] && kill "$pid" 2> /dev/null || return 0
  for _ in {1..50}; do
    kill -0 "$pid" 2> /dev/null || return 0
    sleep 0.1
  done
  kill -KILL "$pid" 2> /dev/null || true
}

if [[ ${1:-} == stop ]]; then
  for daemon in slurmd slurmctld munged; do stop_daemon "$state/$daemon.pid"; done
  exit 0
fi

((EUID == 0)) || fail 'root is needed'
for program in slurmctld slurmd munged sinfo; do
  command -v "$program" > /dev/null || fail "$program is missing (Debian: slurm-wlm, munge)"
done
if [[ -e $conf ]] && ! grep -qF "$mark" "$conf"; then
  timeout 20 sinfo > /dev/null 2>&1 && exit 0
  fail "$conf is not ours and no Slurm answers"
fi

mkdir -p /etc/slurm "$state"/{spool,ctld,munge}
host=$(hostname -s)
cpus=$(nproc)
memory=$(($(awk '/^MemTotal:/ {print $2}' /proc/meminfo) / 1024 * 9 / 10))

# An authentication daemon of its own: the machine's, if there is one, stays as it is.
key=$state/munge/munge.key
if [[ ! -e $key ]]; then
  (umask 077 && dd if=/dev/urandom of="$key" bs=1 count=1024 status=none)
fi
chmod 755 "$state" "$state/munge"
chmod 400 "$key"
socket=$state/munge/munge.socket
if [[ ! -S $socket ]] || ! munge --socket="$socket" --no-input > /dev/null 2>&1; then
  rm -f "$socket" "$socket.lock"
  munged --force --socket="$socket" --key-file="$key" --pid-file="$state/munged.pid" \
    --log-file="$state/munged.log" --seed-file="$state/munge/seed"
fi

cat > "$conf" << EOF
$mark
ClusterName=metamae-test
SlurmctldHost=$host(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=$socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
SlurmctldPort=36817
SlurmdPort=36818
StateSaveLocation=$state/ctld
SlurmdSpoolDir=$state/spool
SlurmctldPidFile=$state/slurmctld.pid
SlurmdPidFile=$state/slurmd.pid
SlurmctldLogFile=$state/slurmctld.log
SlurmdLogFile=$state/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,sched_min_interval=100000,bf_interval=2,batch_sched_delay=0,requeue_delay=1
MinJobAge=3600
ReturnToService=2
KillWait=10
MailProg=/bin/true
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=$memory State=UNKNOWN
PartitionName=test Nodes=$host Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:8
EOF

if ! timeout 20 scontrol ping 2> /dev/null | grep -q ' is UP'; then
  stop_daemon "$state/slurmd.pid"
  rm -rf "$state/ctld" && mkdir "$state/ctld"
  slurmctld
  slurmd
fi

for _ in {1..120}; do
  case $(timeout 5 sinfo -h -o %t 2> /dev/null || true) in
    idle* | mix* | alloc*) exit 0 ;;
    down* | drain* | inval*) timeout 5 scontrol update NodeName="$host" State=RESUME 2> /dev/null || true ;;
  esac
  sleep 0.5
done
tail -n 20 "$state/slurmctld.log" "$state/slurmd.log" >&2
fail 'the node does not come up'
