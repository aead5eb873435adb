/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kind of thing a JSON object is that stands where an event is expected,
 * told by its keys and its @odata.type; and what an envelope says about its
 * records. Private to decode.
 */
#pragma once

#include "decode/json_in.h"
#include "decode/quirks.h"
#include "util/buffer.h"

/* What a JSON object at the top of a payload is. */
enum shape {
    SHAPE_ENVELOPE,
    SHAPE_RECORD,
    SHAPE_METRIC_REPORT,
    SHAPE_OEM_ONLY,
    SHAPE_OTHER, /* some Redfish resource or answer, but no event */
};

/* Looks at the keys of an object, not into its members. */
enum shape decode_shape(const struct json_value *object);

/* Whether an object, wherever it stands, is telemetry. */
bool decode_shape_is_metric_report(const struct json_value *object);

/*
 * Whether an envelope holds its records under this key, and which quirk that
 * is (QUIRK_END: none).
 */
bool decode_shape_is_container(const char *key, size_t len,
                               const struct json_value *value,
                               enum quirk *ret_quirk);

/* Whether a container holds anything: null and [] do not. */
bool decode_shape_has_records(const struct json_value *container);

/* Whether an object is an alert as OpenManage's AlertService lists them. */
bool decode_shape_is_alert(const struct json_value *object);

/* Says in plain words what an object of SHAPE_OTHER is. */
void decode_shape_describe(const struct json_value *object, char *ret_why,
                           size_t size);

/* Notes how the envelope's own fields deviate. */
void decode_shape_note(const struct json_value *envelope,
                       struct quirks *quirks);

/* Adds the envelope's unknown members, which its events shall have too. */
void decode_shape_gather(const struct json_value *envelope,
                         struct buffer *ret_members);
