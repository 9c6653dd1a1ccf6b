# shellcheck shell=bash
# Shared by all benchmarks; each sources it, after scripts/bench has read the options into $records and $keep. Sets:
# $bin (release programs), $state (a folder that is removed at the end), $kafka, $registry, $head (date and machine),
# $pids (killed at the end).

records=${records:?run scripts/bench} keep=${keep-}
scripts/setup
swift build -c release 2>&1 | tail -1
bin=$(swift build -c release --show-bin-path)
state=$(mktemp -d "${TMPDIR:-/tmp}/efd-bench.XXXXXX")
pids=()
cleanup() {
  trap '' INT TERM
  end_processes ${pids[@]+"${pids[@]}"}
  [ ! -d "$state/influxdb" ] || scripts/influxdb remove --dir "$state/influxdb" >/dev/null 2>&1 || true
  [ ! -d "$state/kafka" ] || scripts/kafka remove --dir "$state/kafka" >/dev/null 2>&1 || true
  rm -rf "$state"
}
trap cleanup EXIT

now() { date +%s.%N; }
cpu() { awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) / hz }' "/proc/$1/stat"; } # seconds of a process
peak() { awk '/VmHWM/ { print int($2 / 1024) }' "/proc/$1/status"; }                   # MB
calc() { python3 -c "print($1)"; }
json() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$1" "$2"; } # FILE KEY
metric() { # URL NAME
  curl -fs "$1/metrics" 2>/dev/null |
    awk -v name="$2" '$1 ~ "^"name"([{ ]|$)" { sum += $2 } END { printf "%d", sum }'
}

# Waits until a process that is measured ends; $spent is its CPU in seconds, $size its peak of memory in MB.
watch() {
  spent=0
  size=0
  while kill -0 "$1" 2>/dev/null; do
    spent=$(cpu "$1" 2>/dev/null || echo "$spent")
    size=$(peak "$1" 2>/dev/null || echo "$size")
    sleep 0.02
  done
  wait "$1"
}

# A real Kafka and the registry that comes with the suite.
start_kafka() {
  local answer
  answer=$(scripts/kafka start --dir "$state/kafka" --heap 1g) || fail 3 "a real Kafka is needed"
  eval "$answer"
  kafka=$EFD_BOOTSTRAP_SERVERS
  registry=http://127.0.0.1:$(free_port)
  "$bin/efd" registry --bootstrap-servers "$kafka" --http-listen "${registry#http://}" >"$state/registry.log" 2>&1 &
  pids+=($!)
  ready "$registry/readyz" "$state/registry.log"
}

# The topic lsst.sal.Bench.record: 31 fields whose numbers do not repeat, one partition.
load_records() { # COUNT
  "$bin/efd" simulate Bench --idl-dir scripts/bench-idl --to kafka --rate 100000 --nan-fraction 0 \
    --bootstrap-servers "$kafka" --registry-url "$registry" --count "$1" >"$state/load.log" 2>&1
}

processor=$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)
compiler=$(swift --version 2>/dev/null | sed -n 's/.*\(Swift version [0-9.]*\).*/\1/p' | head -1)
head="$(date -u +%Y-%m-%d), $(nproc) cores $processor, $compiler, librdkafka $(pkg-config --modversion rdkafka)"
head+=", load before: $(cut -d' ' -f1 /proc/loadavg)"

table='| what | records/s | CPU µs a record | records a CPU second | peak RSS MB |
|---|---|---|---|---|'
rows=()
row() { # WHAT RECORDS SECONDS CPU_SECONDS MB
  local line
  line=$(python3 -c "
n, s, c, m = $2, $3, $4, '$5'
print(f'| $1 | {n / s:,.0f} | {c / n * 1e6:.2f} | {n / c:,.0f} | {m} |')")
  rows+=("$line")
  echo "$line"
}

# The result as Markdown, for --keep: the head, the text on standard input, and the table.
keep_result() {
  [ -n "$keep" ] || return 0
  {
    echo "# Benchmark of $head"
    echo
    fmt -w 120
    echo
    echo "$table"
    printf '%s\n' "${rows[@]}"
  } >"$keep"
  echo "written to $keep"
}
