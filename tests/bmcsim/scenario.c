/* SPDX-License-Identifier: Apache-2.0 */
/* See scenario.h. */
#include "scenario.h"

#include <stdio.h>
#include <string.h>

#include "action.h"

struct step {
    struct scenario *scenario;
    struct bmc *bmc; /* NULL: all */
    usec_t at, every;
    const char *verb;
    json_t *body; /* borrowed */
    struct timer timer;
};

struct scenario {
    struct sim *sim;
    json_t *json;
    struct step *steps;
    size_t n;
    bool loops;
    usec_t length, begun;
    struct timer again;
};

static usec_t seconds(json_t *object, const char *key)
{
    double s = json_number_value(json_object_get(object, key));

    return s > 0 ? (usec_t)(s * (double)USEC_SEC) : 0;
}

static int parse_step(struct scenario *s, struct step *step, json_t *json,
                      struct error *err)
{
    const char *bmc = json_string_value(json_object_get(json, "bmc")), *key;
    json_t *value;

    *step = (struct step){.scenario = s,
                          .at = seconds(json, "at"),
                          .every = seconds(json, "every")};
    json_object_foreach (json, key, value)
        if (action_exists(key)) {
            step->verb = key;
            step->body = value;
        }
    if (!step->verb)
        return error_set(err, -1,
                         "step %zu has no action: emit, behave, reboot, ...",
                         (size_t)(step - s->steps) + 1);
    if (!bmc || strcmp(bmc, "*") == 0)
        return 0;
    step->bmc = sim_find_bmc(s->sim, bmc);
    return step->bmc ? 0
                     : error_set(err, -1, "step %zu: there is no BMC '%s'",
                                 (size_t)(step - s->steps) + 1, bmc);
}

static int parse(struct scenario *s, struct error *err)
{
    json_t *steps = json_object_get(s->json, "steps"), *step;
    size_t i;

    if (json_array_size(steps) == 0)
        return error_set(err, -1, "it has no 'steps'");
    s->loops = json_is_true(json_object_get(s->json, "loop"));
    s->length = seconds(s->json, "length");
    s->steps = xcalloc(json_array_size(steps), sizeof(*s->steps));
    json_array_foreach (steps, i, step) {
        int r = parse_step(s, &s->steps[i], step, err);

        if (r < 0)
            return r;
        s->n++;
        if (s->length < s->steps[i].at + USEC_SEC)
            s->length = s->steps[i].at + USEC_SEC;
    }
    return 0;
}

struct scenario *scenario_open(struct sim *sim, const char *path,
                               struct error *err)
{
    struct scenario *s = xcalloc(1, sizeof(*s));
    json_error_t why;
    struct error inner;

    s->sim = sim;
    s->json = json_load_file(path, 0, &why);
    if (!s->json)
        error_set(err, 0, "scenario %s:%d: %s", path, why.line, why.text);
    else if (parse(s, &inner) < 0)
        error_set(err, 0, "scenario %s: %s", path, inner.text);
    else
        return s;
    scenario_close(s);
    return NULL;
}

static void on_step(void *arg)
{
    struct step *step = arg;
    struct scenario *s = step->scenario;
    struct error err;
    json_t *result;

    /* A step that cannot be done must not end the play; it is told of. */
    if (action_run(s->sim, step->bmc, step->verb, step->body, &result, &err) <
        0)
        fprintf(stderr, "bmcsim: scenario, step %zu: %s\n",
                (size_t)(step - s->steps) + 1, err.text);
    json_decref(result);
    if (step->every)
        clock_set(s->sim->clock, &step->timer, step->timer.when + step->every,
                  on_step, step);
}

static void on_again(void *arg)
{
    struct scenario *s = arg;

    s->begun += s->length;
    for (size_t i = 0; i < s->n; i++)
        if (!s->steps[i].every)
            clock_set(s->sim->clock, &s->steps[i].timer,
                      s->begun + s->steps[i].at, on_step, &s->steps[i]);
    clock_set(s->sim->clock, &s->again, s->begun + s->length, on_again, s);
}

void scenario_start(struct scenario *s)
{
    s->begun = time_now();
    for (size_t i = 0; i < s->n; i++)
        clock_set(s->sim->clock, &s->steps[i].timer,
                  s->begun +
                      (s->steps[i].at ? s->steps[i].at : s->steps[i].every),
                  on_step, &s->steps[i]);
    if (s->loops)
        clock_set(s->sim->clock, &s->again, s->begun + s->length, on_again, s);
}

void scenario_close(struct scenario *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n; i++)
        clock_cancel(s->sim->clock, &s->steps[i].timer);
    clock_cancel(s->sim->clock, &s->again);
    json_decref(s->json);
    free(s->steps);
    free(s);
}
