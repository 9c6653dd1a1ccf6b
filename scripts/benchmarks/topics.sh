# shellcheck shell=bash
# influx-sink, parquet-sink and the replicator over many topics of one partition, idle and while a few get records:
# CPU of client and broker, latency, memory; and several connectors in one influx-sink. With --beside also the programs
# of another build, in the same run.
topics=${topics:?run scripts/bench} window=${window:?} only=${only-} beside=${beside-}
. scripts/benchmarks/common.sh

busy=20
rate=1000
hosted=10      # connectors in one process, which share the rate: each stores all records
rest=10       # seconds without records before idle is measured
warm_up=5      # seconds of load before load is measured
first_warm=60 # seconds of load before the first measurement on a broker, so that the JVM has compiled what it runs
later_warm=20 # before the others

IFS=', ' read -ra sizes <<<"$topics"
IFS=', ' read -ra programs <<<"${only:-influx-sink parquet-sink replicator}"
for program in "${programs[@]}"; do
  case $program in
    influx-sink | parquet-sink | replicator) ;;
    *) echo "bench: --only accepts influx-sink, parquet-sink, replicator, not $program" >&2; exit 2 ;;
  esac
  [ -z "$beside" ] || [ -x "$beside/$program" ] || { echo "bench: $beside has no $program" >&2; exit 2; }
done

remove_target() {
  [ ! -d "$state/target" ] || scripts/kafka remove --dir "$state/target" >/dev/null 2>&1 || true
  target_pid=
}
trap 'remove_target; cleanup' EXIT

# Ends a process, and forgets it: in a long run its number may be reused.
end() { # PID
  local pid left=()
  kill "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
  for pid in "${pids[@]}"; do [ "$pid" = "$1" ] || left+=("$pid"); done
  pids=("${left[@]}")
}

# Waits until a service is ready: with thousands of topics that takes a while.
await_ready() { # URL PID
  for _ in $(seq 1800); do
    kill -0 "$2" 2>/dev/null || break
    curl -fs -o /dev/null "$1/readyz" && return
    sleep 0.2
  done
  echo "bench: $1 is not ready: $(curl -s "$1/readyz")" >&2
  tail -n 5 "$state"/*.log >&2
  exit 1
}

load() { # SECONDS
  "$bin/efd-bench" load --topics "$size" --busy $busy --rate "$rate" --schema-id "$schema" --length "$1s" \
    --bootstrap-servers "$kafka"
}

# CPU over the measured time in percent of a core; broker: of the source and, for the replicator, of the target.
measure() { # CLIENT_PID, none: no client
  local pid start seconds begun=() spent=()
  local watched=("${1:-$$}" "$broker_pid" ${target_pid:+"$target_pid"})
  start=$(now)
  for pid in "${watched[@]}"; do begun+=("$(cpu "$pid")"); done
  sleep "$window"
  for pid in "${watched[@]}"; do spent+=("$(cpu "$pid")"); done
  seconds=$(calc "$(now) - $start")
  client=–
  [ -z "${1:-}" ] || client=$(percent "${begun[0]}" "${spent[0]}" "$seconds")
  broker=$(percent "${begun[1]}" "${spent[1]}" "$seconds")
  [ -z "$target_pid" ] || broker="$broker + $(percent "${begun[2]}" "${spent[2]}" "$seconds")"
  average=$(cut -d' ' -f1 /proc/loadavg)
}
percent() { calc "f'{($2 - $1) / $3 * 100:.1f}'"; } # BEGUN SPENT SECONDS

# The programs: each starts in the background, sets $pid and $page, and is ready when it reads all topics.

start_influx-sink() { # FOLDER NAME
  "$1/influx-sink" --bootstrap-servers "$kafka" --registry-url "$registry" --influxdb-url "$EFD_INFLUXDB_URL" \
    --influxdb-database "$2" --group-id "$2" --topic-regex "$regex" --metrics-by-topic \
    --kafka-property auto.offset.reset=latest --http-listen "${page#http://}" >"$state/$2.log" 2>&1 &
  pid=$!
  pids+=("$pid")
  await_ready "$page" "$pid"
}

start_parquet-sink() { # FOLDER NAME
  "$1/parquet-sink" --bootstrap-servers "$kafka" --registry-url "$registry" --output "$state/$2" --group-id "$2" \
    --topic-regex "$regex" --metrics-by-topic --kafka-property auto.offset.reset=latest \
    --http-listen "${page#http://}" >"$state/$2.log" 2>&1 &
  pid=$!
  pids+=("$pid")
  await_ready "$page" "$pid"
}

# To a new cluster with its own registry.
start_replicator() { # FOLDER NAME
  local answer there
  answer=$(scripts/kafka start --dir "$state/target" --heap 1g)
  target=${answer##*=}
  target_pid=$(cat "$state/target/pid")
  there=http://127.0.0.1:$(free_port)
  "$bin/efd" registry --bootstrap-servers "$target" --http-listen "${there#http://}" \
    >"$state/target-registry.log" 2>&1 &
  target_registry_pid=$!
  pids+=("$target_registry_pid")
  ready "$there/readyz"
  "$1/replicator" --source-bootstrap-servers "$kafka" --target-bootstrap-servers "$target" \
    --source-registry-url "$registry" --target-registry-url "$there" --group-id "$2" --topic-regex "$regex" \
    --start latest --http-listen "${page#http://}" >"$state/$2.log" 2>&1 &
  pid=$!
  pids+=("$pid")
  for _ in $(seq 1800); do
    kill -0 "$pid" 2>/dev/null || break
    [ "$(metric "$page" efd_topics)" -lt "$size" ] || break
    sleep 0.2
  done
  await_ready "$page" "$pid"
}

# p50 and p99 in milliseconds from the stamp to the sink's batch, and to storage if that is soon.
sink_latency() { # PROGRAM STAMPS
  batch=$(python3 scripts/benchmarks/received.py latency "$state/before.page" "$state/samples" "$2" | tr ' ' '/')
  stored=–
  [ "$1" = parquet-sink ] || stored=$(python3 scripts/benchmarks/histogram.py efd_record_latency_seconds \
    "$state/begun.page" "$state/measured.page" | tr ' ' '/')
}

# The same for the replicator: to a consumer at the target that does not wait for transactions, and to one that does.
start_consumers() {
  local level
  for level in read_uncommitted read_committed; do
    "$bin/efd-bench" arrivals --topics "$size" --busy $busy --length "${window}s" --bootstrap-servers "$target" \
      --kafka-property isolation.level=$level >"$state/$level.json" &
    consumers+=($!)
  done
}
target_latency() { # FILE
  python3 -c 'import json, sys
found = json.load(open(sys.argv[1]))
print("{:.0f}/{:.0f}".format(found["p50_ms"], found["p99_ms"]))' "$1"
}

run() { # PROGRAM BUILD FOLDER
  local name=$1-$2-$size page pid load_pid consumers=() batch stored
  local idle idle_broker idle_average
  page=http://127.0.0.1:$(free_port)
  "start_$1" "$3" "$name"
  load "$warm" >/dev/null
  warm=$later_warm
  sleep $rest
  measure "$pid"
  idle=$client idle_broker=$broker idle_average=$average
  curl -fs "$page/metrics" >"$state/before.page"
  load $((warm_up + window * 2 + 5)) >"$state/stamps" &
  load_pid=$!
  sleep $warm_up
  curl -fs "$page/metrics" >"$state/begun.page"
  measure "$pid"
  curl -fs "$page/metrics" >"$state/measured.page"
  if [ "$1" = replicator ]; then
    start_consumers
    wait "${consumers[@]}"
    batch=$(target_latency "$state/read_uncommitted.json")
    stored=$(target_latency "$state/read_committed.json")
    wait "$load_pid"
  else
    python3 scripts/benchmarks/received.py poll "$page" "$window" >"$state/samples"
    wait "$load_pid"
    sink_latency "$1" "$state/stamps"
  fi
  line "$1" "$2" "$idle" "$client" "$idle_broker" "$broker" "$batch" "$stored" "$(peak "$pid")" \
    "$idle_average, $average"
  end "$pid"
  [ "$1" != replicator ] || { end "$target_registry_pid"; remove_target; }
  rm -rf "${state:?}/$name"
}

# Several connectors over the same topics in one influx-sink, each with a group and a database of its own.
run_host() {
  local page pid load_pid idle idle_broker idle_average files=() number rate=$((rate / hosted))
  page=http://127.0.0.1:$(free_port)
  for number in $(seq $hosted); do
    files+=("$state/connector-$number.json")
    python3 -c 'import json, sys
name, kafka, registry, influxdb, regex = sys.argv[1:]
print(json.dumps({"name": name, "config": {
    "bootstrap.servers": kafka, "registry.url": registry, "influxdb.url": influxdb, "influxdb.database": name,
    "group.id": name, "topic.regex": regex, "kafka.property": "auto.offset.reset=latest"}}))' \
      "host-$size-$number" "$kafka" "$registry" "$EFD_INFLUXDB_URL" "$regex" >"$state/connector-$number.json"
  done
  "$bin/influx-sink" host "${files[@]}" --http-listen "${page#http://}" >"$state/host-$size.log" 2>&1 &
  pid=$!
  pids+=("$pid")
  await_ready "$page" "$pid"
  load $warm >/dev/null
  sleep $((rest * 3))
  measure "$pid"
  idle=$client idle_broker=$broker idle_average=$average
  load $((warm_up + window + 2)) >/dev/null &
  load_pid=$!
  sleep $warm_up
  measure "$pid"
  wait "$load_pid"
  line "influx-sink host, $hosted connectors" this "$idle" "$client" "$idle_broker" "$broker" – – "$(peak "$pid")" \
    "$idle_average, $average"
  end "$pid"
}

# The broker under only the load, without a client.
run_nothing() {
  local idle_broker idle_average load_pid
  sleep $rest
  measure
  idle_broker=$broker idle_average=$average
  load $((warm_up + window + 2)) >/dev/null &
  load_pid=$!
  sleep $warm_up
  measure
  wait "$load_pid"
  line "only the load" – – – "$idle_broker" "$broker" – – – "$idle_average, $average"
}

line() { # CELLS: program, build, and what was measured
  local text="| $size" cell
  for cell; do text+=" | $cell"; done
  rows+=("$text |")
  echo "$text |"
}

# A registered schema of the busy topics; $schema is its id.
register() {
  local body topic
  body=$("$bin/efd-bench" schema |
    python3 -c 'import json, sys; print(json.dumps({"schema": sys.stdin.read().strip()}))')
  for topic in $("$bin/efd-bench" topics --list-busy --topics "$size" --busy $busy); do
    curl -fs -H 'Content-Type: application/json' -d "$body" "$registry/subjects/$topic-value/versions" \
      >"$state/schema.json"
  done
  schema=$(json "$state/schema.json" id)
}

table='| topics | program | build | CPU idle | CPU load | broker idle | broker load '
table+='| batch p50/p99 ms | stored p50/p99 ms | peak RSS MB | load average idle, load |
|---|---|---|---|---|---|---|---|---|---|---|'
regex='lsst\.sal\.Many\..*'
target_pid=
if [[ " ${programs[*]} " == *" influx-sink "* ]]; then
  answer=$(scripts/influxdb start --dir "$state/influxdb")
  eval "$answer"
fi
echo "$head"
echo
echo "$table"
for size in "${sizes[@]}"; do
  start_kafka
  registry_pid=${pids[-1]}
  broker_pid=$(cat "$state/kafka/pid")
  "$bin/efd-bench" topics --topics "$size" --bootstrap-servers "$kafka"
  register
  warm=$first_warm
  for program in "${programs[@]}"; do
    run "$program" this "$bin"
    [ -z "$beside" ] || run "$program" beside "$beside"
  done
  [[ " ${programs[*]} " != *" influx-sink "* ]] || run_host
  run_nothing
  end "$registry_pid"
  scripts/kafka remove --dir "$state/kafka" >/dev/null
done

keep_result <<END
\`scripts/bench topics --topics "${sizes[*]}" --only "${programs[*]}"\`: topics of one partition, all read by one
client; everything on this machine, one broker. Load is $rate records/s of 220 bytes in $busy of the topics, the
producer's linger 5 ms. CPU is user and system time of the process in percent of a core, over $window s each: idle after
$rest s without records, load after $warm_up s of it. Before that, each client had $later_warm s of load, the first on a
broker $first_warm s, so that the JVM is warm. Broker is that of the source, for the replicator + that of the target,
which is new in each run. "Only the load" has no client. With $hosted connectors in one process the rate is a tenth,
and each of them stores all of it.

Latency begins when the producer gets the record. To the batch: of a sink until the record is decoded into its batch, by
the sink's counters of each topic, polled every few milliseconds; of the replicator until a consumer at the target that
reads uncommitted records has it. To stored: of influx-sink until InfluxDB has answered, by its histogram (coarse;
--linger of 50 ms is part of it); of the replicator until a consumer that reads committed records has it
(--commit-interval of 250 ms is part of it); parquet-sink buffers rows for an hour. Latency is measured after CPU, so
that polling and consumers do not count. Figures of a busy machine (see the load average) compare only within one run.
END
