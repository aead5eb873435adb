# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Apache Kafka itself, one node in KRaft mode, for stories to source after
# lib.sh:
#
#     start_kafka                sets KAFKA, the broker's host:port
#     kafka_topic NAME [N]       creates a topic of N partitions (1); no topic
#                                comes into being by itself
#     kafka_read TOPIC [OPTION...]     all that it holds, by kcat, as -f says
#     kafka_has N TOPIC          at least N messages are there
#     stop_kafka, kill_kafka; start_kafka again takes the same port and data
#     freeze $KAFKA_PID, thaw $KAFKA_PID
#
# The jars come from Maven Central, once, into build/kafka.

KAFKA=
KAFKA_PID=
kafka_folder=$TMP/kafka
kafka_jars=$TOP/build/kafka
kafka_pom=$TOP/tests/e2e/components/kafka/pom.xml

# fetch_kafka: what is there was fetched by this pom.xml, or is fetched anew.
fetch_kafka()
{
    mkdir -p "$kafka_jars"
    (
        flock 9
        ! cmp -s "$kafka_pom" "$kafka_jars/fetched-by" || exit 0
        rm -f "$kafka_jars"/*.jar
        mvn -q -B -f "$kafka_pom" dependency:copy-dependencies \
            -DincludeScope=runtime -DoutputDirectory="$kafka_jars" \
            >"$TMP/maven.log" 2>&1 &&
            cp "$kafka_pom" "$kafka_jars/fetched-by"
    ) 9>"$kafka_jars.lock"
}

# kafka_java MAX-HEAP CLASS ARGUMENT...: becomes java.  Quick to start rather
# than fast.
kafka_java()
{
    local heap=$1
    shift
    exec java "-Xmx$heap" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
        "-Dlog4j.configuration=file:$kafka_folder/log4j.properties" \
        -cp "$kafka_jars/*" "$@"
}

kafka_conf()
{
    cat <<CONF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$1
listeners=PLAINTEXT://$KAFKA,CONTROLLER://127.0.0.1:$1
advertised.listeners=PLAINTEXT://$KAFKA
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=$kafka_folder/data
auto.create.topics.enable=false
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
num.network.threads=1
num.io.threads=2
log.cleaner.enable=false
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=2000
CONF
}

kafka_log_conf()
{
    cat <<'CONF'
log4j.rootLogger=WARN, stderr
log4j.appender.stderr=org.apache.log4j.ConsoleAppender
log4j.appender.stderr.target=System.err
log4j.appender.stderr.layout=org.apache.log4j.PatternLayout
log4j.appender.stderr.layout.ConversionPattern=[%d] %p %m (%c)%n
CONF
}

# A name for the new cluster; the form is Kafka's, the value is ours.
format_kafka()
{
    local conf=$kafka_folder/server.properties
    KAFKA=127.0.0.1:$(free_port)
    mkdir -p "$kafka_folder"
    kafka_log_conf >"$kafka_folder/log4j.properties"
    kafka_conf "$(free_port)" >"$conf"
    (kafka_java 128m kafka.tools.StorageTool format -c "$conf" \
        -t dHJhd2wtdGVzdHMtLS0tLQ >"$TMP/kafka.log" 2>&1)
}

kafka_answers()
{
    timeout 5 kcat -b "$KAFKA" -L -m 2
}

start_kafka()
{
    need java mvn kcat
    fetch_kafka || skip_all "Kafka's jars could not be fetched:
$(sed 's/^/# /' "$TMP/maven.log")"
    [[ -n $KAFKA ]] || format_kafka ||
        { fail 'Kafka formats its storage'; done_testing; }
    spawn "$TMP/kafka.log" kafka_java 384m kafka.Kafka \
        "$kafka_folder/server.properties"
    KAFKA_PID=$!
    has_started Kafka "$KAFKA_PID" kafka_answers
}

stop_kafka()
{
    end_process "$KAFKA_PID" TERM
    (($? == 0 || $? == 143))
}

kill_kafka()
{
    end_process "$KAFKA_PID" KILL
    return 0
}

kafka_topic()
{
    (kafka_java 128m org.apache.kafka.tools.TopicCommand \
        --bootstrap-server "$KAFKA" --create --topic "$1" \
        --partitions "${2:-1}" --replication-factor 1)
}

kafka_read()
{
    local topic=$1
    shift
    timeout "$PATIENCE" kcat -q -b "$KAFKA" -C -t "$topic" -o beginning -e "$@"
}

kafka_has()
{
    (($(kafka_read "$2" -f '.\n' | wc -l) >= $1))
}
