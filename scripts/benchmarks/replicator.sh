# shellcheck shell=bash
# replicator beside MirrorMaker 2 and a bare librdkafka loop: the same topic, from the same cluster to the same cluster.
. scripts/benchmarks/common.sh

records=$((records * 4)) # a JVM needs millions to be warm
from=$((records / 8))    # rate and CPU are taken between these counts
to=$((records * 7 / 8))

cleanup_target() {
  [ ! -d "$state/target" ] || scripts/kafka remove --dir "$state/target" >/dev/null 2>&1 || true
}
trap 'cleanup_target; cleanup' EXIT
answer=$(scripts/kafka start --dir "$state/kafka" --heap 1g) || fail 3 "a real Kafka is needed"
source=${answer##*=}
answer=$(scripts/kafka start --dir "$state/target" --heap 1g)
target=${answer##*=}
home=$(scripts/kafka home)
topic=lsst.bench

tool() { "$home/bin/$1.sh" "${@:2}" >>"$state/tools.log" 2>&1; }
make() { # SERVERS TOPIC
  tool kafka-topics --bootstrap-server "$1" --create --topic "$2" --partitions 4 --replication-factor 1
}
await_count() { "$bin/efd-bench" await --bootstrap-servers "$target" --topic "$1" --count "$2"; } # TOPIC COUNT

# Rate, CPU and memory of a process while the topic it fills grows from $from to $to records.
measure() { # WHAT PID TOPIC
  local begun start seconds spent size
  await_count "$3" $from
  start=$(now)
  begun=$(cpu "$2")
  await_count "$3" $to
  seconds=$(calc "$(now) - $start")
  spent=$(calc "$(cpu "$2") - $begun")
  await_count "$3" $records
  size=$(peak "$2")
  row "$1" $((to - from)) "$seconds" "$spent" "$size"
  last_cost=$spent last_rate=$(calc "$((to - from)) / $seconds") last_size=$size
}

echo "$head"
echo
make "$source" $topic
KAFKA_HEAP_OPTS=-Xmx256m tool kafka-producer-perf-test --topic $topic --num-records $records --record-size 223 \
  --throughput -1 \
  --command-property "bootstrap.servers=$source" batch.size=100000 linger.ms=10
echo "$table"

# Only librdkafka: no transactions, no progress. One record more than there are: it runs until it is measured.
make "$target" bare
"$bin/efd-bench" relay --topic $topic --to bare --partitions 4 --count $((records + 1)) \
  --source-bootstrap-servers "$source" --target-bootstrap-servers "$target" \
  --target-kafka-property compression.codec=none >"$state/relay.json" &
pid=$!
pids+=("$pid")
measure "librdkafka, consume and produce" $pid bare
kill $pid
wait $pid || true
bare_cost=$last_cost bare_rate=$last_rate

replicate() { # WHAT NAME COMPRESSION
  "$bin/replicator" --source-bootstrap-servers "$source" --target-bootstrap-servers "$target" --topic-regex $topic \
    --group-id "$2" --rename-format "$2.\${topic}" --compression "$3" \
    --http-listen 127.0.0.1:0 --log-format json >"$state/$2.log" 2>&1 &
  pid=$!
  pids+=("$pid")
  measure "$1" $pid "$2.$topic"
  kill $pid
  wait $pid || true
}
replicate "replicator, exactly once" plain none
our_cost=$last_cost our_rate=$last_rate our_size=$last_size
replicate "replicator, exactly once, lz4" lz4 lz4

if peers=$(shared_part peers 2>/dev/null); then
  make "$target" $topic # MirrorMaker 2 discovers topics late
  sed -e "s#127.0.0.1:9092#$source#; s#127.0.0.1:19092#$target#; s#a->b.topics=.*#a->b.topics=$topic#" \
    "$peers/mm2.properties" >"$state/mm2.properties"
  KAFKA_HEAP_OPTS="-Xmx1g" LOG_DIR="$state" "$home/bin/connect-mirror-maker.sh" "$state/mm2.properties" \
    >"$state/mm2.log" 2>&1 &
  pid=$!
  pids+=("$pid")
  measure "MirrorMaker 2, at least once" $pid $topic
  kill $pid
  wait $pid || true
  ratio=$(python3 -c "
print(f'replicator copies {$last_cost / $our_cost:.1f} times MirrorMaker 2\'s records a CPU second '
      f'at {$our_size / $last_size:.2f} of its memory; beside the bare loop it has {$our_rate / $bare_rate:.2f} '
      f'of the rate and {$bare_cost / $our_cost:.2f} of the records a CPU second')")
else
  ratio="MirrorMaker 2 is not installed: skipped"
fi
echo
echo "$ratio"
keep_result <<END
\`scripts/bench replicator --records $((records / 4))\`: a topic of $records records of 223 random bytes, four
partitions, from one broker to another, everything on this machine. Rate and CPU are taken while the target grows from
an eighth to seven eighths of the records, so that the JVM is warm; memory is the peak of the whole run. Nothing is
compressed unless noted.

$ratio.
END
