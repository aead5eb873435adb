/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From start to end, in order:
 *   disk (spool, books, state) -> pipeline -> sinks -> listeners -> READY
 *   listeners quiet -> what was taken is answered -> sinks -> disk
 */
#include "daemon.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>

#include "backfill.h"
#include "daemon/daemon_parts.h"
#include "log.h"
#include "util/alloc.h"
#include "voice.h"

#define TEND_EVERY USEC_PER_SEC
#define DUE_ACCURACY (20 * USEC_PER_MSEC)
#define STOP_LOOK_EVERY (10 * USEC_PER_MSEC) /* whether all was answered */
#define STOP_TIME (10 * USEC_PER_SEC)  /* for answers that wait for the disk */
#define STALL_TIME (30 * USEC_PER_SEC) /* a sync that takes this long hangs */
#define EXIT_CONFIG 78
#define DESCRIPTORS_WANTED ((rlim_t)65536)

/* What is said of a sick spool waits in the pipeline until it is well. */
static void tell_state(struct daemon *d)
{
    enum spool_state before = d->spool_state;
    struct error trouble = {""};

    d->spool_state = spool_state(d->spool);
    if (d->spool_state == before)
        return;
    spool_trouble(d->spool, &trouble);
    switch (d->spool_state) {
    case SPOOL_FULL:
        log_error("the spool is full (%s): BMCs are answered 503 until there "
                  "is room",
                  *trouble.text ? trouble.text : "spool.max_size is reached");
        return;
    case SPOOL_SICK:
        log_error("the spool cannot be written: %s; BMCs are answered 503 "
                  "until that works",
                  trouble.text);
        if (!d->spool_was_sick)
            pipeline_say(d->pipeline, NULL, VOICE_SPOOL_SICK,
                         VOICE_ORIGIN_SPOOL, trouble.text, NULL);
        d->spool_was_sick = true;
        return;
    case SPOOL_OK:
        break;
    }
    log_info("the spool takes events again");
    pipeline_resume(d->pipeline);
    if (d->spool_was_sick)
        pipeline_say(d->pipeline, NULL, VOICE_SPOOL_WELL, VOICE_ORIGIN_SPOOL,
                     NULL, NULL);
    d->spool_was_sick = false;
}

static void end_when_answered(struct daemon *d)
{
    bool done = daemon_rooms_waiting(d) == 0 && talk_is_closed(d->talk);

    if (d->stopping && (done || clock_monotonic() >= d->stop_deadline))
        sd_event_exit(d->loop, 0);
}

static int on_spool(sd_event_source *source _unused_, int fd _unused_,
                    uint32_t events _unused_, void *userdata)
{
    struct daemon *d = userdata;

    spool_acknowledge(d->spool);
    daemon_rooms_spool_changed(d);
    tell_state(d);
    control_quarantine_settle(&d->rooms);
    end_when_answered(d);
    return 0;
}

static void report_status(struct daemon *d)
{
    sd_notifyf(0,
               "STATUS=%s; %" PRIu64 " records received, %" PRIu64
               " on disk, %zu BMCs",
               d->spool_state == SPOOL_OK     ? "Running"
               : d->spool_state == SPOOL_FULL ? "Spool full, pushing back"
                                              : "Spool cannot be written",
               ledger_received(d->ledger), spool_durable(d->spool),
               fleet_count(d->fleet));
}

/*
 * The watchdog watches the loop by itself; for the committer, the loop stops
 * answering it while what was appended does not get to the disk.
 */
static void watch_committer(struct daemon *d)
{
    usec_t since = spool_busy_since(d->spool);
    bool stalled = since != 0 && clock_monotonic() - since > STALL_TIME;

    if (stalled && !d->stalled)
        log_error("the disk has not taken a write for %llu s; the watchdog is "
                  "left unanswered until it does",
                  (unsigned long long)(STALL_TIME / USEC_PER_SEC));
    if (stalled != d->stalled)
        sd_event_set_watchdog(d->loop, !stalled);
    d->stalled = stalled;
}

static int on_tend(sd_event_source *source, uint64_t now _unused_,
                   void *userdata)
{
    struct daemon *d = userdata;

    spool_set_extra(d->spool, quarantine_size(d->quarantine));
    outlets_tend(d->outlets);
    rate_note(&d->rate, clock_monotonic(), spool_appended(d->spool));
    watch_committer(d);
    tell_state(d);
    report_status(d);
    end_when_answered(d);
    sd_event_source_set_time_relative(source, d->stopping ? STOP_LOOK_EVERY
                                                          : TEND_EVERY);
    return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int on_stop(sd_event_source *source _unused_,
                   const struct signalfd_siginfo *info _unused_, void *userdata)
{
    struct daemon *d = userdata;

    if (d->stopping)
        return 0;
    d->stopping = true;
    d->stop_deadline = clock_monotonic() + STOP_TIME;
    sd_notify(0, "STOPPING=1\nSTATUS=Finishing what was taken");
    log_info("stopping");
    daemon_rooms_quiesce(d);
    sd_event_source_set_time_accuracy(d->tend_timer, USEC_PER_MSEC);
    sd_event_source_set_time_relative(d->tend_timer, 0);
    end_when_answered(d);
    return 0;
}

static int on_hangup(sd_event_source *source _unused_,
                     const struct signalfd_siginfo *info _unused_,
                     void *userdata)
{
    daemon_reload(userdata);
    return 0;
}

/* Before the first thread is made: all of them have the mask from here. */
static int watch_signals(struct daemon *d)
{
    sigset_t mask;
    int r;

    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGINT);
    sigaddset(&mask, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
        return -errno;
    signal(SIGPIPE, SIG_IGN);
    r = sd_event_add_signal(d->loop, NULL, SIGTERM, on_stop, d);
    r = r < 0 ? r : sd_event_add_signal(d->loop, NULL, SIGINT, on_stop, d);
    return r < 0 ? r : sd_event_add_signal(d->loop, NULL, SIGHUP, on_hangup, d);
}

static int start_loop(struct daemon *d, struct error *err)
{
    int r = sd_event_new(&d->loop);

    r = r < 0 ? r : watch_signals(d);
    r = r < 0 ? r : sd_event_set_watchdog(d->loop, true);
    return r < 0 ? error_set(err, r, "cannot start the loop: %s", strerror(-r))
                 : 0;
}

/* The stages and the sinks behind the spool. */
static int start_flow(struct daemon *d, struct error *err)
{
    struct pipeline_setup pipeline = {
        .spool = d->spool,
        .ledger = d->ledger,
        .config = d->config,
        .correlator = d->correlator,
        .fleet = d->fleet,
    };
    struct outlets_setup outlets = {
        .loop = d->loop,
        .spool = d->spool,
        .quarantine = d->quarantine,
        .notices = d->notices,
        .projector = d->projector,
        .correlator = d->correlator,
        .directory = d->config->spool.directory,
        .on_adopted = daemon_adopted,
        .userdata = d,
    };
    int r;

    outlets.pipeline = d->pipeline = pipeline_new(&pipeline);
    r = outlets_new(&outlets, &d->outlets, err);
    return r < 0 ? r : http_client_new(d->loop, &d->client, err);
}

/* Who shows how it goes, and who is asked. */
static void open_views(struct daemon *d)
{
    d->view = (struct metrics_view){
        .spool = d->spool,
        .ledger = d->ledger,
        .fleet = d->fleet,
        .host = &d->host,
        .outlets = d->outlets,
        .quarantine = d->quarantine,
        .conditions = correlate_conditions(d->correlator),
        .recovery = &d->recovery,
        .started = clock_real(),
    };
    d->metrics = metrics_new(d->loop, &d->view);
    daemon_control_open(d);
}

static int on_due(sd_event_source *source _unused_, uint64_t now _unused_,
                  void *userdata)
{
    struct daemon *d = userdata;

    d->due = USEC_INFINITY;
    pipeline_tick(d->pipeline);
    return 0;
}

/*
 * After whatever happened: the timer stands at what correlation has to say
 * next. While the spool takes nothing it waits; the tend timer brings us back.
 */
static int on_after_each(sd_event_source *source _unused_, void *userdata)
{
    struct daemon *d = userdata;
    usec_t due = spool_state(d->spool) == SPOOL_OK && !d->stopping
                     ? pipeline_due(d->pipeline)
                     : USEC_INFINITY;

    if (due == d->due)
        return 0;
    d->due = due;
    sd_event_source_set_time(d->due_timer, due);
    return sd_event_source_set_enabled(
        d->due_timer, due == USEC_INFINITY ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

static int start_due(struct daemon *d)
{
    int r = sd_event_add_time(d->loop, &d->due_timer, CLOCK_REALTIME, 0,
                              DUE_ACCURACY, on_due, d);

    d->due = USEC_INFINITY;
    r = r < 0 ? r : sd_event_source_set_enabled(d->due_timer, SD_EVENT_OFF);
    return r < 0 ? r
                 : sd_event_add_post(d->loop, &d->after_each, on_after_each, d);
}

static int start_events(struct daemon *d, struct error *err)
{
    int r = sd_event_add_io(d->loop, &d->spool_event, spool_fd(d->spool),
                            EPOLLIN, on_spool, d);

    r = r < 0 ? r
              : sd_event_add_time_relative(d->loop, &d->tend_timer,
                                           CLOCK_MONOTONIC, 0, 0, on_tend, d);
    r = r < 0 ? r : start_due(d);
    return r < 0 ? error_set(err, r, "cannot watch the spool: %s", strerror(-r))
                 : 0;
}

static void say_recovery(struct daemon *d)
{
    char records[24], bytes[24];

    if (d->recovery.bad_records == 0)
        return;
    snprintf(records, sizeof(records), "%" PRIu64, d->recovery.bad_records);
    snprintf(bytes, sizeof(bytes), "%" PRIu64, d->recovery.torn_bytes);
    pipeline_say(d->pipeline, NULL, VOICE_SPOOL_DAMAGED, VOICE_ORIGIN_SPOOL,
                 records, bytes);
}

/* As it is installed, nothing can arrive yet: say so, and what to do. */
static void say_next(const struct config *config)
{
    if (config->listener_count == 0 && config->bmc_count == 0)
        log_info("nothing is configured yet: name your BMCs under bmcs: (and "
                 "an address under listen: for those that post) in %s, then "
                 "check it with trawld --check-config and reload; see "
                 "trawl.yaml(5)",
                 config->file);
    else if (config->bmc_count == 0)
        log_info("no BMC is configured yet, so nothing will be taken: name "
                 "them under bmcs: in %s and reload; see trawl.yaml(5)",
                 config->file);
}

/* Each connection is a descriptor, and a shell's soft limit is 1024. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
        limit.rlim_cur >= DESCRIPTORS_WANTED)
        return;
    limit.rlim_cur = MIN_OF(limit.rlim_max, DESCRIPTORS_WANTED);
    setrlimit(RLIMIT_NOFILE, &limit);
}

static int start(struct daemon *d, struct error *err)
{
    int r = start_loop(d, err);

    raise_descriptor_limit();
    r = r < 0 ? r : daemon_state_open(d, err);
    r = r < 0 ? r : start_flow(d, err);
    if (r < 0)
        return r;
    daemon_rooms_open(d);
    open_views(d);
    r = start_events(d, err);
    r = r < 0 ? r : daemon_prepare(d, d->config, err);
    if (r < 0)
        return r;
    daemon_adopt(d, d->config);
    daemon_rooms_restore(d);
    say_recovery(d);
    return 0;
}

static void stop(struct daemon *d)
{
    control_free(d->control); /* first: it cancels what was asked for */
    control_quarantine_done(&d->rooms);
    metrics_free(d->metrics);
    daemon_rooms_close(d);
    outlets_free(d->outlets);
    http_client_free(d->client);
    sd_event_source_disable_unref(d->spool_event);
    sd_event_source_disable_unref(d->tend_timer);
    sd_event_source_disable_unref(d->due_timer);
    sd_event_source_disable_unref(d->after_each);
    sd_event_source_disable_unref(d->grace_timer);
    daemon_state_close(d);
    pipeline_free(d->pipeline);
    registry_set_free(d->registries);
    sd_event_unref(d->loop);
    config_free(d->retired);
    config_free(d->config);
}

int daemon_run(struct config *config)
{
    struct daemon d = {.config = config};
    struct error err = {""};
    int r = start(&d, &err);

    if (r < 0) {
        log_error("cannot start: %s", err.text);
        stop(&d);
        return r == -EPROTONOSUPPORT ? EXIT_CONFIG : 1;
    }
    log_info("ready: %zu BMCs, %zu sinks, spool at record %" PRIu64,
             config->bmc_count, config->sink_count, spool_appended(d.spool));
    say_next(config);
    sd_notify(0, "READY=1\nSTATUS=Running");
    r = sd_event_loop(d.loop);
    stop(&d);
    log_info("stopped");
    return r < 0 ? 1 : 0;
}
