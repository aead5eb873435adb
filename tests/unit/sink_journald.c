/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sink `journald` against a socket of the test's own, which reads, does not
 * read, or dies with what it had not read. Also the entry itself, field by
 * field, and the id that stands for a message in catalogs.
 */
#include <endian.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "message_uuid.h"
#include "sinks/sink.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/buffer.h"

#define LARGE (3u << 20)

static char directory[] = "/tmp/trawl-journald-XXXXXX";
static char path[64];

static int open_journal(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    unlink(path);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        diag("cannot bind %s", path);
    return fd;
}

/*
 * One datagram: its length, or -1 if there is none. One that brings a
 * descriptor puts it into *ret_fd.
 */
static ssize_t read_one(int journal, char *data, size_t size, int *ret_fd)
{
    struct iovec iov = {.iov_base = data, .iov_len = size};
    char control[CMSG_SPACE(sizeof(int))];
    struct msghdr m = {
        .msg_iov = &iov,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof(control),
    };
    ssize_t n = recvmsg(journal, &m, MSG_CMSG_CLOEXEC);
    struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&m);

    if (c && c->cmsg_type == SCM_RIGHTS)
        memcpy(ret_fd, CMSG_DATA(c), sizeof(*ret_fd));
    return n;
}

/* Reads all there is; the number of entries among it (probes are empty). */
static unsigned read_all(int journal)
{
    unsigned entries = 0;
    char data[4096];
    ssize_t n;
    int fd = -1;

    while ((n = read_one(journal, data, sizeof(data), &fd)) >= 0)
        entries += n > 0;
    if (fd >= 0)
        close(fd);
    return entries;
}

struct rig {
    void *options;
    struct sink_setup setup;
    struct sink *sink;
    struct error err;
    usec_t now;
};

static void rig_init(struct rig *rig)
{
    const struct option *o = sink_journald.options;

    *rig = (struct rig){
        .options = xcalloc(1, sink_journald.options_size),
        .now = 1,
    };
    while (strcmp(o->key, "socket") != 0)
        o++;
    *(char **)((char *)rig->options + o->offset) = path;
    rig->setup.options = rig->options;
    rig->sink = sink_journald.create(&rig->setup);
}

static void rig_done(struct rig *rig)
{
    sink_journald.stop(rig->sink, true);
    sink_journald.destroy(rig->sink);
    free(rig->options);
}

static enum sink_result send_entry(struct rig *rig, uint64_t seq,
                                   const char *text, size_t len)
{
    struct sink_record r = {.seq = seq, .text = text, .len = len};

    return sink_journald.send(rig->sink, &r, &rig->err);
}

static enum sink_result send_small(struct rig *rig, uint64_t seq)
{
    return send_entry(rig, seq, "MESSAGE=hello\n", 14);
}

/* Some rounds of work, with time enough between them to look again. */
static int work(struct rig *rig)
{
    int r = 0;

    for (int i = 0; i < 3 && r >= 0; i++) {
        rig->now += USEC_PER_SEC;
        r = sink_journald.work(rig->sink, rig->now, &rig->err);
    }
    return r;
}

static uint64_t acked(struct rig *rig)
{
    return sink_journald.acked(rig->sink);
}

static void test_nobody(void)
{
    struct rig rig;

    unlink(path);
    rig_init(&rig);
    ok(sink_journald.start(rig.sink, &rig.err) < 0,
       "without a journal it does not start");
    ok(strstr(rig.err.text, path), "and says which: %s", rig.err.text);
    rig_done(&rig);
}

static void test_read(void)
{
    int journal = open_journal();
    struct pollfd p;
    usec_t deadline;
    struct rig rig;

    rig_init(&rig);
    is_int(sink_journald.start(rig.sink, &rig.err), 0, "it starts");
    sink_journald.wait(rig.sink, &p, &deadline);
    ok(p.fd < 0 && deadline == USEC_INFINITY, "and waits for nothing");
    is_int(send_small(&rig, 1), SINK_TAKEN, "an entry is taken");
    is_int(send_small(&rig, 4), SINK_TAKEN, "and another");
    is_int(work(&rig), 0, "it works");
    is_int(acked(&rig), 0, "what is only queued is not acknowledged");
    sink_journald.wait(rig.sink, &p, &deadline);
    ok(deadline > rig.now && deadline <= rig.now + USEC_PER_SEC,
       "it looks again soon");
    is_int(read_all(journal), 2, "both are read");
    is_int(work(&rig), 0, "it works");
    is_int(acked(&rig), 4, "then they are acknowledged");
    sink_journald.wait(rig.sink, &p, &deadline);
    is_int(deadline == USEC_INFINITY, 1, "and nothing is to be done");
    is_int(read_all(journal), 0, "the question itself is no entry");
    rig_done(&rig);
    close(journal);
}

/* Sends until it is busy; the number of the last that was taken. */
static uint64_t fill(struct rig *rig, uint64_t from)
{
    while (send_small(rig, from) == SINK_TAKEN)
        from++;
    return from - 1;
}

static void test_frozen(void)
{
    int journal = open_journal();
    uint64_t last, more;
    struct pollfd p;
    usec_t deadline;
    struct rig rig;

    rig_init(&rig);
    sink_journald.start(rig.sink, &rig.err);
    last = fill(&rig, 1);
    ok(last >= 1, "a journal that does not read takes %llu, then it is busy",
       (unsigned long long)last);
    sink_journald.wait(rig.sink, &p, &deadline);
    ok(p.fd < 0 || (p.events == POLLOUT && poll(&p, 1, 0) == 0),
       "it does not wait in vain for the socket");
    is_int(work(&rig), 0, "that is no failure");
    is_int(acked(&rig), 0, "and no acknowledgement");
    is_int(read_all(journal), last, "once it reads, all are there");
    is_int(work(&rig), 0, "it works");
    is_int(acked(&rig), last, "and they are acknowledged");
    more = fill(&rig, last + 1);
    ok(more > last, "and it goes on");
    rig_done(&rig);
    close(journal);
}

/* The queue dies with its reader: what was in it is not acknowledged. */
static void test_dies(void)
{
    int journal = open_journal();
    struct rig rig;

    rig_init(&rig);
    sink_journald.start(rig.sink, &rig.err);
    send_small(&rig, 1);
    read_all(journal);
    work(&rig);
    is_int(acked(&rig), 1, "the first is read");
    send_small(&rig, 2);
    send_small(&rig, 3);
    close(journal);
    ok(work(&rig) < 0, "a journal that dies is a failure");
    ok(strstr(rig.err.text, "refused"), "with a text: %s", rig.err.text);
    is_int(acked(&rig), 1, "what it had not read is not acknowledged");
    is_int(sink_journald.stop(rig.sink, false), 0, "it stops");

    /* The next journal is there at once; the old socket is still a dead one. */
    journal = open_journal();
    is_int(sink_journald.start(rig.sink, &rig.err), 0, "it starts again");
    is_int(acked(&rig), 0, "with nothing acknowledged of the old");
    send_small(&rig, 2);
    send_small(&rig, 3);
    is_int(read_all(journal), 2, "they arrive");
    work(&rig);
    is_int(acked(&rig), 3, "and are acknowledged");
    close(journal);
    journal = open_journal();
    is_int(send_small(&rig, 4), SINK_FAILED,
           "a new journal at the same place does not hide that ours is dead");
    rig_done(&rig);
    close(journal);
}

/* So many entries are sent and read that confirmations come in between. */
static void test_batches(void)
{
    int journal = open_journal();
    unsigned entries = 0;
    uint64_t seq = 1;
    struct rig rig;

    rig_init(&rig);
    sink_journald.start(rig.sink, &rig.err);
    while (seq <= 3000) {
        if (send_small(&rig, seq) == SINK_TAKEN) {
            seq++;
            continue;
        }
        entries += read_all(journal);
        if (work(&rig) < 0)
            break;
    }
    entries += read_all(journal);
    work(&rig);
    is_int(entries, 3000, "3000 entries arrive, each once");
    is_int(acked(&rig), 3000, "and are acknowledged");
    rig_done(&rig);
    close(journal);
}

static void test_large(void)
{
    int journal = open_journal(), fd = -1;
    char *text = xcalloc(1, LARGE), *got = xcalloc(1, LARGE);
    struct stat st = {0};
    struct rig rig;
    char byte;

    rig_init(&rig);
    sink_journald.start(rig.sink, &rig.err);
    memset(text, 'x', LARGE);
    is_int(send_entry(&rig, 1, text, LARGE), SINK_TAKEN,
           "an entry larger than any datagram is taken");
    is_int(read_one(journal, &byte, 1, &fd), 0, "it comes as a descriptor");
    ok(fd >= 0 && fstat(fd, &st) == 0 && st.st_size == LARGE &&
           pread(fd, got, LARGE, 0) == LARGE && !memcmp(got, text, LARGE),
       "that holds it whole");
    is_int(fd < 0 ? 0 : fcntl(fd, F_GET_SEALS),
           F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL,
           "and is sealed");
    work(&rig);
    is_int(acked(&rig), 1, "read, it is acknowledged");
    if (fd >= 0)
        close(fd);
    free(text);
    free(got);
    rig_done(&rig);
    close(journal);
}

/* The value of the n-th field of that name, or NULL; malformed: NULL too. */
static char *find_field(const struct buffer *b, const char *name, int n)
{
    const char *at = b->data, *end = b->data + b->len;

    while (at < end) {
        size_t name_len = strcspn(at, "=\n");
        const char *value = at + name_len + 1;
        bool same = name_len == strlen(name) && !memcmp(at, name, name_len);
        uint64_t len;

        if (at[name_len] == '\n') {
            memcpy(&len, value, sizeof(len));
            len = le64toh(len);
            value += sizeof(len);
        } else {
            len =
                (uint64_t)((char *)memchr(value, '\n', (size_t)(end - value)) -
                           value);
        }
        if (same && n-- == 0)
            return xstrndup(value, len);
        at = value + len;
        if (at >= end || *at++ != '\n')
            return NULL;
    }
    return NULL;
}

static const struct expected {
    const char *name;
    const char *value;
} expected[] = {
    {"MESSAGE", "r1-n01: Drive in 'Bay 3'\nhas failed. "
                "(/redfish/v1/Systems/1/Storage/1/Drives/3)"},
    {"PRIORITY", "2"},
    {"SYSLOG_IDENTIFIER", "redfish"},
    {"SYSLOG_FACILITY", "3"},
    {"REDFISH_ID", "0123"},
    {"REDFISH_MESSAGE_ID", "StorageDevice.1.1.DriveFailure"},
    {"REDFISH_MESSAGE_KEY", "DriveFailure"},
    {"REDFISH_REGISTRY", "StorageDevice"},
    {"REDFISH_MESSAGE_ARGS", "Bay 3"},
    {"REDFISH_SEVERITY", "Critical"},
    {"REDFISH_BMC", "r1-n01"},
    {"REDFISH_HOST", "r1-n01"},
    {"REDFISH_BMC_ADDRESS", "10.0.0.11"},
    {"REDFISH_COMPONENT", "Drive 3"},
    {"REDFISH_WHERE", "r1-n01, /redfish/v1/Systems/1/Storage/1/Drives/3"},
    {"REDFISH_EVENT_GROUP", "426"},
    {"REDFISH_EVENT_TIMESTAMP", "2026-11-20T07:34:28.104000Z"},
    {"REDFISH_ALARM_STATE", "reasserted"},
    {"REDFISH_SEQUENCE", "42"},
    {"REDFISH_RESOLUTION", NULL},
    {"REDFISH_SERIAL", NULL},
};

static struct event *make_event(void)
{
    struct event *e = event_new();

    event_set(e, EVENT_ID, "0123");
    event_set_int(e, EVENT_TIME, 1795160068104000);
    event_set(e, EVENT_BMC_NAME, "r1-n01");
    event_set(e, EVENT_BMC_URL, "https://10.0.0.11:8443");
    event_set(e, EVENT_MESSAGE_ID, "StorageDevice.1.1.DriveFailure");
    event_set(e, EVENT_REGISTRY, "StorageDevice");
    event_set(e, EVENT_KEY, "DriveFailure");
    event_set_int(e, EVENT_SEVERITY, SEVERITY_CRITICAL);
    event_set(e, EVENT_MESSAGE, "Drive in 'Bay 3'\nhas failed.");
    event_add(e, EVENT_ARG, "Bay 3", 5);
    event_add(e, EVENT_ARG, "two\nlines", 9);
    event_set(e, EVENT_ORIGIN, "/redfish/v1/Systems/1/Storage/1/Drives/3");
    event_set(e, EVENT_ORIGIN_TYPE, "Drive");
    event_set_int(e, EVENT_GROUP_ID, 426);
    event_set(e, EVENT_CONDITION_STATE, "repeated");
    event_set(e, EVENT_RESOLUTION, "");
    return e;
}

static void test_entry(void)
{
    const struct format_options options = {.facility = 3,
                                           .app_name = "redfish"};
    _cleanup_(event_freep) struct event *e = make_event();
    _cleanup_(buffer_done) struct buffer entry = {0};
    char uuid[MESSAGE_UUID_LEN + 1];
    char *value;

    format_journal.write(e, 42, &options, &entry);
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        value = find_field(&entry, expected[i].name, 0);
        is_text(value, expected[i].value, "%s", expected[i].name);
        free(value);
    }
    value = find_field(&entry, "REDFISH_MESSAGE_ARGS", 1);
    is_text(value, "two\nlines", "a list is repeated, line feeds survive");
    free(value);
    message_uuid_format("StorageDevice", "DriveFailure", uuid);
    value = find_field(&entry, "MESSAGE_ID", 0);
    is_text(value, uuid, "MESSAGE_ID is that of the message");
    free(value);
}

static void test_uuid(void)
{
    char one[MESSAGE_UUID_LEN + 1], two[MESSAGE_UUID_LEN + 1];

    message_uuid_format("StorageDevice", "DriveFailure", one);
    is_text(one, "3f5f1584770d8293879175ab7622a084",
            "the id of a message is frozen: catalogs rely on it");
    message_uuid_format("StorageDevice", "DriveFailureCleared", two);
    ok(strcmp(one, two) != 0, "another message has another");
    message_uuid_format(NULL, "StorageDevice.DriveFailure", two);
    is_text(two, one, "the text alone makes it");
}

int main(void)
{
    if (!mkdtemp(directory))
        skip_all("no temporary folder");
    snprintf(path, sizeof(path), "%s/socket", directory);
    test_nobody();
    test_read();
    test_frozen();
    test_dies();
    test_batches();
    test_large();
    test_entry();
    test_uuid();
    unlink(path);
    rmdir(directory);
    return done_testing();
}
