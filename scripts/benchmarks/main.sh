# shellcheck shell=bash
# The main path: raw librdkafka, influx-sink, Telegraf on the same topic, and salkafka-producer. Needs a real Kafka;
# skips Telegraf with a message if it is not installed.
. scripts/benchmarks/common.sh

telegraf_records=200000
stall=20 # seconds that InfluxDB is stopped in mid-run: queues fill, and the peak of memory shows how far
[ "$telegraf_records" -le "$records" ] || telegraf_records=$records

points() { # DATABASE
  curl -fs -G "$influxdb/query?db=$1" \
    --data-urlencode 'q=SELECT count("private_seqNum") FROM "lsst.sal.Bench.record"' | python3 -c '
import json, sys
series = json.load(sys.stdin)["results"][0].get("series")
print(series[0]["values"][0][1] if series else 0)'
}

# InfluxDB does not answer for a while.
stall_influxdb() { kill -STOP "$INFLUXDB_PID"; sleep "$stall"; kill -CONT "$INFLUXDB_PID"; }

start_kafka
answer=$(scripts/influxdb start --dir "$state/influxdb")
eval "$answer"
influxdb=$EFD_INFLUXDB_URL

echo "$head"
echo
hot=$("$bin/efd-bench" hot-paths --rounds 20)
echo "hot paths, CPU ns a record: $hot"
echo
echo "$table"

# The topic of all consumers.
load_records "$records"

# Only librdkafka.
"$bin/efd-bench" consume --topic lsst.sal.Bench.record --count "$records" --bootstrap-servers "$kafka" \
  >"$state/consume.json" &
watch $!
row "librdkafka, consume only" "$records" "$(json "$state/consume.json" seconds)" "$spent" "$size"

# influx-sink.
sink=http://127.0.0.1:$(free_port)
"$bin/influx-sink" --bootstrap-servers "$kafka" --registry-url "$registry" --influxdb-url "$influxdb" \
  --influxdb-database sink --topic-regex 'lsst\.sal\.Bench\..*' --http-listen "${sink#http://}" \
  >"$state/sink.log" 2>&1 &
pid=$!
pids+=("$pid")
ready "$sink/readyz" "$state/sink.log"
first=
begun=$(cpu $pid)
for _ in $(seq 6000); do
  count=$(metric "$sink" efd_records_stored_total)
  if [ -z "$first" ] && [ "$count" != 0 ]; then
    first=$(now)
    stall_influxdb
  fi
  [ "$count" -lt "$records" ] || break
  sleep 0.05
done
seconds=$(calc "$(now) - $first + 0.05 - $stall")
sink_cpu=$(calc "$(cpu $pid) - $begun")
sink_rss=$(peak $pid)
[ "$(points sink)" = "$records" ] || fail 1 "influx-sink stored $(points sink) of $records"
row "influx-sink to InfluxDB" "$records" "$seconds" "$sink_cpu" "$sink_rss"
kill $pid; wait $pid || true

# Telegraf on the same topic.
if peers=$(shared_part peers 2>/dev/null); then
  curl -fs -XPOST "$influxdb/query" --data-urlencode 'q=CREATE DATABASE telegraf' >/dev/null
  sed -e "s#127.0.0.1:9092#$kafka#; s#lsst.sal.Test.scalars#lsst.sal.Bench.record#" \
    -e "s#http://127.0.0.1:8081/apis/ccompat/v7#$registry#; s#http://127.0.0.1:8086#$influxdb#" \
    -e "s#database=\"efd\"#database=\"telegraf\"#; s#logfile=.*#logfile=\"$state/telegraf.log\"#" \
    "$peers/telegraf.conf" >"$state/telegraf.conf"
  "$peers/telegraf" --config "$state/telegraf.conf" >"$state/telegraf.out" 2>&1 &
  pid=$!
  pids+=("$pid")
  first=
  for _ in $(seq 3000); do
    count=$(points telegraf)
    if [ -z "$first" ] && [ "$count" != 0 ]; then
      first=$(now) first_count=$count begun=$(cpu "$pid")
      stall_influxdb
    fi
    [ "$count" -lt "$telegraf_records" ] || break
    sleep 0.2
  done
  measured=$((count - first_count))
  telegraf_cpu=$(calc "$(cpu $pid) - $begun")
  telegraf_rss=$(peak $pid)
  row "Telegraf to InfluxDB" "$measured" "$(calc "$(now) - $first - $stall")" "$telegraf_cpu" "$telegraf_rss"
  kill $pid; wait $pid || true
  ratio=$(python3 -c "
print(f'influx-sink stores {($records / $sink_cpu) / ($measured / $telegraf_cpu):.0f} times Telegraf\'s records '
      f'a CPU second at {$sink_rss / $telegraf_rss:.2f} of its memory')")
else
  ratio="Telegraf is not installed: skipped"
fi
echo "$ratio"

# salkafka-producer: real DDS samples, as fast as one simulator sends.
producer=http://127.0.0.1:$(free_port)
domain=$((RANDOM % 200 + 20))
"$bin/salkafka-producer" Bench --idl-dir scripts/bench-idl --dds-domain $domain --bootstrap-servers "$kafka" \
  --registry-url "$registry" --replication-factor 1 --dds-history-depth 100000 --http-listen "${producer#http://}" \
  >"$state/producer.log" 2>&1 &
pid=$!
pids+=("$pid")
ready "$producer/readyz" "$state/producer.log"
samples=$((records / 5))
begun=$(cpu $pid)
start=$(now)
"$bin/efd" simulate Bench --idl-dir scripts/bench-idl --dds-domain $domain --rate 100000 --count $samples \
  --nan-fraction 0 --dds-history-depth 100000 >"$state/simulate.log" 2>&1
for _ in $(seq 600); do
  [ "$(metric "$producer" efd_records_forwarded_total)" -lt "$samples" ] || break
  sleep 0.05
done
seconds=$(calc "$(now) - $start")
forwarded=$(metric "$producer" efd_records_forwarded_total)
row "salkafka-producer, DDS to Kafka" "$forwarded" "$seconds" "$(calc "$(cpu $pid) - $begun")" "$(peak $pid)"
lost=$(metric "$producer" efd_samples_lost)
echo "of $samples samples $forwarded were forwarded, $lost lost by count of private_seqNum"

avro_bytes=$(python3 -c "import json; print(json.loads('$hot')['avro_bytes'])")
keep_result <<EOF
\`scripts/bench main --records $records\`: a topic of $records records of 31 fields ($avro_bytes bytes of Avro) whose
numbers do not repeat, one partition, everything on this machine. CPU and memory are the process's own.

Hot paths, CPU nanoseconds a record on one thread, best of 20 rounds of 5,000: \`$hot\`

InfluxDB was stopped for $stall s in each sink's run, so that queues filled: the peak of memory shows how far. The rates
leave that time out.

$ratio.
EOF
