/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was found about one event, for people and for scripts. Both name the
 * line of the file that said so, for that is what is looked for: not where an
 * event goes, but which of two hundred lines sends it there.
 */
#include <string.h>

#include "ctl/way_parts.h"
#include "formats/format.h"
#include "formats/text.h"
#include "option.h"
#include "util/json_writer.h"

enum outcome way_outcome(enum route_result result)
{
    switch (result) {
    case ROUTE_TO_SINKS:
        return OUTCOME_FORWARDED;
    case ROUTE_DROPPED:
        return OUTCOME_DROPPED_ROUTE;
    case ROUTE_UNMATCHED:
        break;
    }
    return OUTCOME_DROPPED_UNROUTED;
}

static void add_duration(struct buffer *out, const char *name, usec_t value)
{
    char text[OPTION_TEXT_MAX];

    if (value > 0)
        buffer_printf(out, " %s %s,", name,
                      option_format_duration(value, text));
}

static void add_count(struct buffer *out, const char *name, int64_t count,
                      usec_t within)
{
    char text[OPTION_TEXT_MAX];

    if (count > 0)
        buffer_printf(out, " %s %lld within %s,", name, (long long)count,
                      option_format_duration(within, text));
}

/* "settle 30s, repeat 4h"; nothing for a rule that says nothing. */
static void add_rule(struct buffer *out, const struct config_condition *rule)
{
    size_t before = out->len;

    add_count(out, "after", rule->after.count, rule->after.within);
    add_duration(out, "settle", rule->settle);
    add_duration(out, "repeat", rule->repeat);
    add_duration(out, "within", rule->within);
    add_count(out, "flapping", rule->flapping.cycles, rule->flapping.within);
    add_duration(out, "expire", rule->expire);
    if (out->len > before)
        out->data[--out->len] = '\0'; /* the last comma */
}

/* As route set them in the event: of several routes, each sink once. */
static void add_sinks(struct buffer *out, const struct event *e)
{
    size_t cursor = 0;
    const char *name, *comma = " ";

    while ((name = event_next(e, EVENT_SINK, &cursor, NULL))) {
        buffer_printf(out, "%s%s", comma, name);
        comma = ", ";
    }
}

static void add_route(struct buffer *out, const struct config *config,
                      const struct way_route *asked)
{
    const struct config_route *route = &config->routes[asked->index];

    buffer_printf(out, "    %s: ", route->where);
    if (!asked->matched) {
        buffer_add_text(out, "does not match\n");
        return;
    }
    buffer_add_text(out, route->drop ? "matches: drop" : "matches: to");
    for (size_t i = 0; i < route->sink_count; i++)
        buffer_printf(out, "%s %s", i ? "," : "",
                      config->sinks[route->sinks[i]].name);
    buffer_add_text(out, route->go_on ? ", continue\n" : "\n");
}

/* Why it does not go on just now, or not at all; NULL: it does. */
static const char *holds_back(enum outcome o)
{
    switch (o) {
    case OUTCOME_HELD:
        return "held by the rule: a clear in time would cancel it";
    case OUTCOME_SUPPRESSED_BELOW_THRESHOLD:
        return "suppressed: not yet as many as the rule wants";
    case OUTCOME_SUPPRESSED_DUPLICATE:
        return "suppressed: the same event came before it";
    case OUTCOME_SUPPRESSED_REPEAT:
        return "suppressed: its condition is raised already";
    case OUTCOME_SUPPRESSED_CANCELLED:
        return "suppressed: it cancels out with one before it";
    case OUTCOME_DROPPED_METRIC_REPORT:
        return "dropped: a metric report is no event";
    case OUTCOME_DROPPED_TEST:
        return "dropped: a test event";
    case OUTCOME_DROPPED_IGNORED:
        return "dropped: a catalogue says that it means nothing";
    case OUTCOME_QUARANTINED:
        return "to quarantine: it cannot be read";
    case OUTCOME_FORWARDED:
    case OUTCOME_DROPPED_ROUTE:
    case OUTCOME_DROPPED_UNROUTED:
    case OUTCOME_END:
        break;
    }
    return NULL;
}

static void add_result(const struct way_told *told, struct buffer *out)
{
    const char *held = holds_back(told->outcome);

    if (held) {
        buffer_printf(out, "  %s%s", held, told->why ? ": " : "");
        /* It may quote the payload. */
        text_add_line(out, told->why ?: "", strlen(told->why ?: ""));
        buffer_add_char(out, '\n');
    }
    /* Metric reports and what cannot be read never came to the routes. */
    if (told->asked == 0 && held)
        return;
    switch (told->result) {
    case ROUTE_TO_SINKS:
        buffer_printf(out, "  %s", held ? "would go to" : "goes to");
        add_sinks(out, told->event);
        buffer_add_char(out, '\n');
        return;
    case ROUTE_DROPPED:
        buffer_add_text(out, "  goes nowhere: dropped by the last route\n");
        return;
    case ROUTE_UNMATCHED:
        buffer_add_text(out, "  goes nowhere: no route matches\n");
        return;
    }
}

static void add_heading(const struct way_told *told, struct buffer *out)
{
    const struct event *e = told->event;

    buffer_printf(out, "event %u:", told->place);
    if (!e) {
        buffer_add_char(out, '\n');
        return;
    }
    buffer_printf(out, " %s ",
                  event_severity_name((enum severity)event_int(
                      e, EVENT_SEVERITY, SEVERITY_UNKNOWN)));
    if (!text_add_field(out, e, EVENT_MESSAGE_ID))
        buffer_add_text(out, "no MessageId");
    buffer_add_text(out, "\n  ");
    text_add_field(out, e, EVENT_MESSAGE);
    buffer_add_char(out, '\n');
}

static void add_condition(const struct way_told *told, struct buffer *out)
{
    const char *state;

    if (!told->rule)
        return;
    state = event_text(told->event, EVENT_CONDITION_STATE, NULL);
    buffer_printf(out, "  condition: %s; rule %s:", state ? state : "none",
                  told->rule->where ? told->rule->where : "by default");
    add_rule(out, told->rule);
    buffer_add_text(out, "\n  routes:\n");
}

void way_write_text(const struct way_told *told, struct buffer *out)
{
    add_heading(told, out);
    add_condition(told, out);
    for (size_t i = 0; i < told->asked; i++)
        add_route(out, told->config, &told->routes[i]);
    add_result(told, out);
}

static void write_rule(const struct config_condition *rule,
                       struct json_writer *w)
{
    _cleanup_(buffer_done) struct buffer text = {0};

    add_rule(&text, rule);
    json_writer_key(w, "rule");
    json_writer_open_object(w);
    json_writer_member(w, "where", rule->where);
    /* Behind the blank that the words of people begin with. */
    json_writer_member(w, "says", text.len > 0 ? text.data + 1 : NULL);
    json_writer_close_object(w);
}

static void write_route(const struct config *config,
                        const struct way_route *asked, struct json_writer *w)
{
    const struct config_route *route = &config->routes[asked->index];

    json_writer_open_object(w);
    json_writer_member(w, "where", route->where);
    json_writer_key(w, "matches");
    json_writer_bool(w, asked->matched);
    json_writer_key(w, "to");
    json_writer_open_array(w);
    for (size_t i = 0; i < route->sink_count; i++) {
        const char *name = config->sinks[route->sinks[i]].name;

        json_writer_text(w, name, strlen(name));
    }
    json_writer_close_array(w);
    json_writer_key(w, "drop");
    json_writer_bool(w, route->drop);
    json_writer_key(w, "continue");
    json_writer_bool(w, route->go_on);
    json_writer_close_object(w);
}

static void write_routes(const struct way_told *told, struct json_writer *w)
{
    size_t cursor = 0, len;
    const char *name;

    json_writer_key(w, "routes");
    json_writer_open_array(w);
    for (size_t i = 0; i < told->asked; i++)
        write_route(told->config, &told->routes[i], w);
    json_writer_close_array(w);
    json_writer_key(w, "sinks");
    json_writer_open_array(w);
    while (told->event &&
           (name = event_next(told->event, EVENT_SINK, &cursor, &len)))
        json_writer_text(w, name, len);
    json_writer_close_array(w);
}

static void write_event(const struct event *e, struct json_writer *w)
{
    static const struct format_options options = {0};
    _cleanup_(buffer_done) struct buffer text = {0};

    format_json.write(e, 0, &options, &text);
    json_writer_key(w, "event");
    json_writer_raw(w, text.data, text.len);
}

void way_write_json(const struct way_told *told, struct buffer *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_writer_open_object(&w);
    json_writer_key(&w, "place");
    json_writer_u64(&w, told->place);
    json_writer_member(&w, "outcome", ledger_outcome_kind(told->outcome));
    json_writer_member(&w, "reason", ledger_outcome_reason(told->outcome));
    json_writer_member(&w, "why", told->why);
    if (told->rule)
        write_rule(told->rule, &w);
    write_routes(told, &w);
    if (told->event)
        write_event(told->event, &w);
    json_writer_close_object(&w);
    buffer_add_char(out, '\n');
}
