/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queries of a log's address, and whether an answer heeds them: services
 * ignore what they do not know, and some misunderstand. Pure; of log_read.c.
 */
#pragma once

#include "decode/log_page.h"

/* From that place on, counted from 0. The caller frees it. */
char *log_query_skip(const char *uri, uint64_t from);

/* What is not older than that second, by the BMC's clock. Likewise. */
char *log_query_since(const char *uri, usec_t since);

/*
 * Whether a page can be the answer: not empty, not the first page (whose first
 * entry has that print), and nothing in it older than `since` (0: none).
 */
bool log_query_was_heeded(const struct log_page *page, uint64_t first_print,
                          usec_t since);
