# shellcheck shell=bash
# parquet-sink from Kafka to files, beside Iceberg's Connect sink (its JVM warm), a plain fastavro + pyarrow script, and
# the sum of its raw parts: librdkafka's reading, decoding to columns, and pyarrow's writing of the same ready columns.
. scripts/benchmarks/common.sh

batch=50000 # rows of the script's files, and of parquet-sink's
start_kafka
# Confluent's converter, which Iceberg's sink needs, looks schemas up by a normalized text: Apicurio is configured to
# find them.
if home=$(shared_part registry 2>/dev/null); then
  place=$(free_port)
  "$home/start.sh" "$place" >"$state/apicurio.log" 2>&1 &
  pids+=($!)
  registry=http://127.0.0.1:$place/apis/ccompat/v7
  ready "$registry/subjects" "$state/apicurio.log"
fi

echo "$head"
echo
load_records "$records"
echo "$table"

# The raw parts.
"$bin/efd-bench" consume --topic lsst.sal.Bench.record --count "$records" --bootstrap-servers "$kafka" \
  >"$state/consume.json" &
watch $!
consume_cpu=$spent
row "librdkafka, consume only" "$records" "$(json "$state/consume.json" seconds)" "$spent" "$size"
"$bin/efd-bench" hot-paths --rounds 20 >"$state/hot.json"
decode_ns=$(json "$state/hot.json" decode_ns)

# parquet-sink, until all is published and committed. Run twice: the second run counts, as for the others.
sink_run() { # NAME
  sink=http://127.0.0.1:$(free_port)
  "$bin/parquet-sink" --output "$state/$1" --group-id "$1" --bootstrap-servers "$kafka" --registry-url "$registry" \
    --topic-regex 'lsst\.sal\.Bench\..*' --rotate-rows $batch --rotate-age 5s --rotate-idle 1s \
    --http-listen "${sink#http://}" >"$state/$1.log" 2>&1 &
  pid=$!
  pids+=("$pid")
  first=
  for _ in $(seq 6000); do
    alive "$pid" || { tail -n 5 "$state/$1.log" >&2; fail 1 "parquet-sink has ended"; }
    [ -n "$first" ] || { [ "$(metric "$sink" efd_records_received_total)" = 0 ] || first=$(now); }
    [ "$(metric "$sink" efd_records_stored_total)" -lt "$records" ] || break
    sleep 0.05
  done
  seconds=$(calc "$(now) - $first + 0.05")
  sink_cpu=$(cpu $pid) # from its start
  sink_rss=$(peak $pid)
  kill $pid
  wait $pid || true
  "$bin/parquet-sink" verify --output "$state/$1" >"$state/verify.txt" || { cat "$state/verify.txt" >&2; exit 1; }
  grep -q " $records rows" "$state/verify.txt" || { cat "$state/verify.txt" >&2; fail 1 "not all rows are in files"; }
}
sink_run parquet-1
sink_run parquet-2
row "parquet-sink" "$records" "$seconds" "$sink_cpu" "$sink_rss"
sink_mb=$(du -sm --exclude='_*' "$state/parquet-2" | cut -f1)
sink_rate=$(calc "int($sink_mb / $seconds)")

# pyarrow's time to write the columns of one of those files, with the same options.
python=.build-tools/venv/bin/python3
"$python" scripts/benchmarks/pyarrow-write.py "$state/parquet-2" >"$state/pyarrow.json"
write_us=$(json "$state/pyarrow.json" cpu_us_per_record)
parts_us=$(calc "$consume_cpu / $records * 1e6 + $decode_ns / 1000 + $write_us")

peers_said="The peers are not installed: skipped."
if iceberg=$(shared_part iceberg 2>/dev/null) && home=$(shared_part kafka 2>/dev/null); then
  script_python=$state/script-venv/bin/python3
  python3 -m venv "$state/script-venv"
  "$script_python" -m pip install -q --disable-pip-version-check confluent-kafka fastavro pyarrow==26.0.1
  "$script_python" "$iceberg/parquet-script.py" "$kafka" "$registry" lsst.sal.Bench.record "$state/script" "$records" \
    "$batch" >"$state/script.json" || cat "$state/script.json"
  script_cpu=$(json "$state/script.json" cpu_seconds)
  script_rss=$(json "$state/script.json" rss_mb)
  row "fastavro + pyarrow script" "$records" "$(json "$state/script.json" seconds)" "$script_cpu" "$script_rss"
  script_mb=$(du -sm "$state/script" | cut -f1)

  # Iceberg's sink: one worker, two tables; with a warm JVM for the second.
  "$home/bin/kafka-topics.sh" --bootstrap-server "$kafka" --create --topic control-iceberg --partitions 1 >/dev/null
  rest=$(free_port)
  sed -e "s#^plugin.path=.*#plugin.path=$home/plugins,$iceberg/plugins#" \
    -e "s#^bootstrap.servers=.*#bootstrap.servers=$kafka#; /^listeners=/d" \
    "$home/config/connect-distributed.properties" >"$state/worker.properties"
  echo "listeners=http://127.0.0.1:$rest" >>"$state/worker.properties"
  KAFKA_HEAP_OPTS=-Xmx2g LOG_DIR=$state/worker-logs "$home/bin/connect-distributed.sh" "$state/worker.properties" \
    >"$state/worker.log" 2>&1 &
  pid=$!
  pids+=("$pid")
  for _ in $(seq 600); do curl -fs -o /dev/null "http://127.0.0.1:$rest/connectors" && break; sleep 0.2; done
  iceberg_run() { # NAME
    "$python" - "$iceberg/iceberg.json" "$1" "$registry" "$state/warehouse" >"$state/$1.json" <<'EOF'
import json, sys
document = json.load(open(sys.argv[1]))
document["name"] = sys.argv[2]
document["config"].update({
    "topics": "lsst.sal.Bench.record", "value.converter.schema.registry.url": sys.argv[3],
    "iceberg.tables": f"efd.{sys.argv[2]}", "iceberg.catalog.warehouse": f"file://{sys.argv[4]}",
    "iceberg.control.group-id-prefix": sys.argv[2],
    "consumer.override.auto.offset.reset": "earliest"})
print(json.dumps(document))
EOF
    begun=$(cpu $pid)
    start=$(now)
    curl -fs -o /dev/null -H 'Content-Type: application/json' -d "@$state/$1.json" "http://127.0.0.1:$rest/connectors"
    count=0
    for _ in $(seq 600); do
      if grep -q 'unrecoverable exception' "$state/worker.log"; then
        grep 'Caused by' "$state/worker.log" >&2
        fail 1 "Iceberg's task has failed"
      fi
      count=$("$python" - "$state/warehouse/efd/$1/metadata" <<'EOF'
import glob, json, sys
number = lambda path: int(path.rsplit("/v", 1)[1].split(".")[0])
files = sorted(glob.glob(f"{sys.argv[1]}/v*.metadata.json"), key=number)
snapshots = json.load(open(files[-1])).get("snapshots", []) if files else []
print(snapshots[-1]["summary"].get("total-records", 0) if snapshots else 0)
EOF
      )
      [ "$count" -lt "$records" ] || break
      sleep 0.3
    done
    iceberg_seconds=$(calc "$(now) - $start")
    iceberg_cpu=$(calc "$(cpu $pid) - $begun")
    if [ "$count" != "$records" ]; then
      tail -n 5 "$state/worker.log" >&2
      fail 1 "Iceberg's table has $count rows of $records"
    fi
    curl -fs -XDELETE "http://127.0.0.1:$rest/connectors/$1"
  }
  iceberg_run first
  iceberg_run second
  iceberg_rss=$(peak $pid)
  row "Connect sink of Iceberg, warm" "$records" "$iceberg_seconds" "$iceberg_cpu" "$iceberg_rss"
  iceberg_mb=$(du -sm "$state/warehouse/efd/second/data" | cut -f1)
  peers_said=$(python3 -c "
print(f'parquet-sink stores {$script_cpu / $sink_cpu:.1f} times the script\'s records a CPU second '
      f'at {$sink_rss / $script_rss:.2f} of its memory, and {$iceberg_cpu / $sink_cpu:.1f} times Iceberg\'s '
      f'at {$sink_rss / $iceberg_rss:.2f} of its memory. '
      f'Files: $sink_mb MB, the script\'s $script_mb MB, Iceberg\'s $iceberg_mb MB.')")
fi
sum_said=$(python3 -c "
sink = $sink_cpu / $records * 1e6
print(f'Its raw parts take {$parts_us:.2f} µs of CPU a record: librdkafka {$consume_cpu / $records * 1e6:.2f}, '
      f'decoding {$decode_ns / 1000:.2f}, pyarrow\'s writing {$write_us:.2f}. '
      f'parquet-sink takes {sink:.2f}, {sink / $parts_us:.2f} times as much.')")
echo "$peers_said"
echo "$sum_said"

keep_result <<EOF
\`scripts/bench parquet --records $records\`: a topic of $records records of 31 fields
($(json "$state/hot.json" avro_bytes) bytes of Avro) whose numbers do not repeat, one partition, everything on this
machine. parquet-sink and the script end a file after $batch rows. CPU and memory are the process's own. Of parquet-sink
all CPU from its start counts, to the last file published and committed ($sink_rate MB/s of files); of Iceberg's worker
that from the creation of the second connector to the last commit, without the JVM's start and with all code compiled;
of the script that after its imports.

$peers_said

$sum_said
EOF
