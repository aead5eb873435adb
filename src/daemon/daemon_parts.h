/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the daemon share: daemon.c (its life), daemon_state.c
 * (what is on disk), daemon_reload.c (adopting a configuration) and
 * daemon_control.c (what can be asked).
 */
#pragma once

#include <systemd/sd-event.h>

#include "bmc.h"
#include "config.h"
#include "control/control_rooms.h"
#include "correlate.h"
#include "discover.h"
#include "http_client.h"
#include "keep.h"
#include "ledger.h"
#include "metrics.h"
#include "notebook.h"
#include "notice.h"
#include "outlets.h"
#include "pipeline.h"
#include "projector.h"
#include "proof.h"
#include "quarantine.h"
#include "recheck.h"
#include "registry.h"
#include "registry/registry_fetch.h"
#include "sources/source.h"
#include "spool.h"
#include "subscribe.h"
#include "talk.h"
#include "tasks.h"

#define DAEMON_SOURCES_MAX 8

struct daemon {
    sd_event *loop;
    struct config *config;
    struct config *retired; /* until the sinks have let go of it */
    struct registry_set *registries;
    bool reload_wanted;

    /* daemon_state.c */
    struct spool *spool;
    struct spool_recovery recovery;
    struct ledger *ledger;
    struct correlator *correlator;
    struct quarantine *quarantine;
    struct notice_queue *notices;
    struct projector *projector;
    struct fleet *fleet;
    struct notebook *notebook;

    struct pipeline *pipeline;
    struct outlets *outlets;
    struct http_client *client;
    struct talk *talk;
    struct tasks *tasks;
    struct discoverer *discoverer;
    struct registry_fetch *fetch; /* of the registries of BMCs */
    struct recheck *recheck;      /* whether what is open is still so */
    struct source_host host;
    struct source *sources[DAEMON_SOURCES_MAX];
    struct metrics *metrics;
    struct metrics_view view;
    struct control *control;
    struct control_view rooms;
    struct rate rate; /* of records */

    sd_event_source *spool_event;
    sd_event_source *tend_timer;
    sd_event_source *due_timer; /* of what correlation has to say */
    sd_event_source *after_each;
    sd_event_source *grace_timer; /* when old tokens end */
    usec_t due;                   /* what due_timer is set to */
    enum spool_state spool_state; /* as last told */
    bool spool_was_sick;          /* and not said to be well again */
    bool stalled;                 /* the committer hangs in a write or sync */
    bool stopping;
    usec_t stop_deadline; /* monotonic */
};

/*
 * Opens spool, books, quarantine, state and fleet, and brings them up to the
 * spool's end. Returns 0, or negative with a text.
 */
int daemon_state_open(struct daemon *d, struct error *err);
void daemon_state_close(struct daemon *d);

/* A path beside the spool's folder. The caller frees it. */
char *daemon_beside(const struct config *config, const char *name);

/* Which generations of tokens are good now; before the fleet adopts. */
void daemon_tokens(struct daemon *d, const struct config *config);

/*
 * The rooms that deal with BMCs, once loop, spool, pipeline and HTTP client
 * are there (daemon_rooms.c).
 */
void daemon_rooms_open(struct daemon *d);
void daemon_rooms_close(struct daemon *d);

/* Nothing new is begun; what was taken is finished. */
void daemon_rooms_quiesce(struct daemon *d);

/* What was said before the restart: its end is to be said, or it again. */
void daemon_rooms_restore(struct daemon *d);

/* A BMC leaves the fleet: nothing may point to it afterwards. */
void daemon_rooms_remove(void *daemon, struct bmc *bmc);

/* spool_durable() or spool_state() changed. */
void daemon_rooms_spool_changed(struct daemon *d);

/* How many payloads wait for their ticket. */
size_t daemon_rooms_waiting(const struct daemon *d);

/* The registries that a configuration names, and the bundled ones. */
struct registry_set *daemon_registries(const struct config *config);

/* Everything that answers on the control socket, before it listens. */
void daemon_control_open(struct daemon *d);

/*
 * Everything of `config` that can fail, beside what runs. After a failure
 * nothing has changed.
 */
int daemon_prepare(struct daemon *d, const struct config *config,
                   struct error *err);

/* Adopts what was prepared; takes the configuration over. Cannot fail. */
void daemon_adopt(struct daemon *d, struct config *config);

/* SIGHUP: reads the file again, adopts it whole or refuses it whole. */
void daemon_reload(struct daemon *d);

/* The sinks have let go of the configuration before. */
void daemon_adopted(void *userdata);
