/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sink that was down when it was taken out of the configuration will never
 * be back: nobody but us can end its condition. The conditions themselves are
 * asked which those are, for after a start they are all that is left of a sink
 * that was removed while Trawl did not run.
 */
#include "outlets/outlets_private.h"

#include <string.h>

#include "util/alloc.h"
#include "voice.h"

/* The name in an origin of ours; NULL if it is no sink's. */
static const char *sink_of(const char *origin)
{
    size_t len = strlen(VOICE_ORIGIN_SINK);

    return strncmp(origin, VOICE_ORIGIN_SINK, len) == 0 ? origin + len : NULL;
}

static bool is_gone(const struct outlets *o, const struct condition *c)
{
    const char *sink = sink_of(c->text);

    return sink && !outlets_find(o, sink) &&
           correlate_has_own(o->setup.correlator, "", VOICE_SINK_UNREACHABLE,
                             c->text);
}

/* Listed first and said then: what is said changes the list. */
void outlets_end_gone(struct outlets *o)
{
    const struct condition *c;
    size_t count = 0, cap = 0;
    char **gone = NULL;

    if (!o->setup.correlator)
        return;
    for (c = correlate_list(o->setup.correlator, ""); c; c = c->next) {
        if (!is_gone(o, c))
            continue;
        gone = xgrow(gone, &cap, count + 1, sizeof(*gone));
        gone[count++] = xstrdup(c->text);
    }
    for (size_t i = 0; i < count; i++) {
        log_info("sink %s: could not deliver, and is not in the configuration "
                 "any more",
                 sink_of(gone[i]));
        pipeline_say(o->setup.pipeline, NULL, VOICE_SINK_REMOVED, gone[i],
                     sink_of(gone[i]), NULL);
        free(gone[i]);
    }
    free(gone);
}
