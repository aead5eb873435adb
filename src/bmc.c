/* SPDX-License-Identifier: Apache-2.0 */
/* The fleet; see bmc.h. */
#include "bmc.h"

#include <arpa/inet.h>
#include <string.h>

#include "correlate/recall.h"
#include "service.h"
#include "util/alloc.h"
#include "util/buffer.h"
#include "util/digest.h"
#include "vendors.h"

#define TOKEN_BYTES 20 /* 160 bits of the HMAC, 40 digits in the path */

struct fleet {
    void *key;
    size_t key_len;
    struct hashmap *by_name;
    struct hashmap *by_token;
    struct hashmap *by_address; /* of the last configuration; a fleet: many */
    unsigned adoptions;         /* configurations taken so far */
    int64_t old_generation;     /* whose tokens are good, too; 0: none */
};

static void bmc_free(struct bmc *bmc)
{
    free(bmc->name);
    free(bmc->context);
    free(bmc->token);
    free(bmc->old_token);
    free(bmc->secret);
    free(bmc->old_secret);
    free(bmc->vendor);
    free(bmc->model);
    free(bmc->serial);
    free(bmc->uuid);
    free(bmc->host);
    free(bmc->sse_id);
    log_marks_done(&bmc->logs);
    service_free(bmc->service);
    if (bmc->left)
        config_bmc_free((struct config_bmc *)(uintptr_t)bmc->config);
    free(bmc);
}

struct bmc *bmc_ref(struct bmc *bmc)
{
    bmc->refs++;
    return bmc;
}

void bmc_unref(struct bmc *bmc)
{
    if (--bmc->refs == 0 && bmc->left)
        bmc_free(bmc);
}

/* Not in the fleet any more; the configuration that it was in may go. */
static void bmc_leave(struct bmc *bmc)
{
    bmc->left = true;
    bmc->config = config_bmc_copy(bmc->config);
    if (bmc->service)
        bmc->service->vendor_row = vendors_find(NULL, bmc->service);
    bmc_unref(bmc);
}

struct fleet *fleet_new(const void *key, size_t key_len)
{
    struct fleet *f = XNEW(struct fleet);

    f->key = xcalloc(1, key_len);
    memcpy(f->key, key, key_len);
    f->key_len = key_len;
    f->by_name = hashmap_new();
    f->by_token = hashmap_new();
    f->by_address = hashmap_new();
    return f;
}

void fleet_free(struct fleet *f)
{
    struct bmc *bmc;
    size_t cursor = 0;

    if (!f)
        return;
    while ((bmc = fleet_next(f, &cursor)))
        bmc_free(bmc);
    hashmap_free(f->by_name);
    hashmap_free(f->by_token);
    hashmap_free(f->by_address);
    explicit_bzero(f->key, f->key_len);
    free(f->key);
    free(f);
}

/*
 * A text of a BMC's name that only who has the key can make; `purpose` keeps
 * those for different ends apart.
 */
static char *make_text(const struct fleet *f, const char *purpose,
                       int64_t generation, const char *name)
{
    _cleanup_free_ char *text =
        xasprintf("trawl %s %lld %s", purpose, (long long)generation, name);
    uint8_t sum[DIGEST_LEN];
    char *made = xcalloc(1, 2 * TOKEN_BYTES + 1);

    digest_hmac(f->key, f->key_len, text, strlen(text), sum);
    digest_hex(sum, TOKEN_BYTES, made);
    return made;
}

/* It may be another's by now: an admin can give a token to whom he likes. */
static void release_token(struct fleet *f, struct bmc *bmc, const char *token)
{
    if (token && fleet_find_token(f, token) == bmc)
        hashmap_remove(f->by_token, token);
}

static void forget_old_token(struct fleet *f, struct bmc *bmc)
{
    release_token(f, bmc, bmc->old_token);
    free(TAKE(bmc->old_token));
    free(TAKE(bmc->old_secret));
}

static void forget_tokens(struct fleet *f, struct bmc *bmc)
{
    forget_old_token(f, bmc);
    release_token(f, bmc, bmc->token);
    free(TAKE(bmc->token));
    free(TAKE(bmc->secret));
}

/* A token of the admin's own has no generations. */
static void make_tokens(struct fleet *f, struct bmc *bmc, int64_t generation)
{
    const char *own = bmc->config->token, *name = bmc->name;

    forget_tokens(f, bmc);
    bmc->token = own ? xstrdup(own) : make_text(f, "webhook", generation, name);
    bmc->secret = make_text(f, "secret", generation, name);
    hashmap_set(f->by_token, bmc->token, bmc);
    if (own || f->old_generation == 0 || f->old_generation == generation)
        return;
    bmc->old_token = make_text(f, "webhook", f->old_generation, name);
    bmc->old_secret = make_text(f, "secret", f->old_generation, name);
    hashmap_set(f->by_token, bmc->old_token, bmc);
}

/* The host of "https://10.0.0.1:443" or "https://[::1]" if it is numbers. */
static bool address_of(const char *url, char ret_text[INET6_ADDRSTRLEN])
{
    const char *host = strstr(url, "://");
    unsigned char bytes[sizeof(struct in6_addr)];
    char text[INET6_ADDRSTRLEN];
    bool six;
    size_t len;

    host = host ? host + 3 : url;
    six = *host == '[';
    host += six;
    len = strcspn(host, six ? "]" : ":/");
    if (len >= sizeof(text))
        return false;
    memcpy(text, host, len);
    text[len] = '\0';
    return inet_pton(six ? AF_INET6 : AF_INET, text, bytes) == 1 &&
           inet_ntop(six ? AF_INET6 : AF_INET, bytes, ret_text,
                     INET6_ADDRSTRLEN);
}

/* Several BMCs behind one address cannot be told apart by it. */
static void note_address(struct fleet *f, struct bmc *bmc)
{
    char address[INET6_ADDRSTRLEN];

    if (address_of(bmc->config->url, address) &&
        hashmap_set(f->by_address, address, bmc))
        hashmap_set(f->by_address, address, f);
}

struct bmc *fleet_find_address(const struct fleet *f, const char *address)
{
    void *found = hashmap_find(f->by_address, address);

    return found == f ? NULL : found;
}

static void take_config(struct fleet *f, const struct config *all,
                        const struct config_bmc *config)
{
    struct bmc *bmc = hashmap_find(f->by_name, config->name);

    if (!bmc) {
        bmc = XNEW(struct bmc);
        bmc->name = xstrdup(config->name);
        bmc->lines = bmc->uris = bmc->clocks = bmc->doubts =
            (struct log_limit){.interval = USEC_PER_HOUR, .burst = 4};
        hashmap_set(f->by_name, bmc->name, bmc);
    }
    bmc->config = config;
    bmc->adopted = f->adoptions;
    free(bmc->context);
    bmc->context = xasprintf("trawl:%s:%s", all->collector, bmc->name);
    make_tokens(f, bmc, all->subscription.generation);
    note_address(f, bmc);
}

/* Takes out what the newest configuration does not have any more. */
static void remove_absent(struct fleet *f,
                          void (*on_removed)(void *, struct bmc *),
                          void *userdata)
{
    struct bmc **gone = NULL, *bmc;
    size_t count = 0, cap = 0, cursor = 0;

    while ((bmc = fleet_next(f, &cursor))) {
        if (bmc->adopted == f->adoptions)
            continue;
        gone = xgrow(gone, &cap, count + 1, sizeof(*gone));
        gone[count++] = bmc;
    }
    for (size_t i = 0; i < count; i++) {
        bmc_ref(gone[i]);
        if (on_removed)
            on_removed(userdata, gone[i]);
        hashmap_remove(f->by_name, gone[i]->name);
        release_token(f, gone[i], gone[i]->token);
        release_token(f, gone[i], gone[i]->old_token);
        bmc_leave(gone[i]);
    }
    free(gone);
}

void fleet_adopt(struct fleet *f, const struct config *config,
                 void (*on_removed)(void *userdata, struct bmc *bmc),
                 void *userdata)
{
    f->adoptions++;
    hashmap_free(f->by_address);
    f->by_address = hashmap_new();
    for (size_t i = 0; i < config->bmc_count; i++)
        take_config(f, config, &config->bmcs[i]);
    remove_absent(f, on_removed, userdata);
}

struct bmc *fleet_find(const struct fleet *f, const char *name)
{
    return hashmap_find(f->by_name, name);
}

struct bmc *fleet_find_token(const struct fleet *f, const char *token)
{
    return hashmap_find(f->by_token, token);
}

struct bmc *fleet_next(const struct fleet *f, size_t *cursor)
{
    void *bmc;

    return hashmap_next(f->by_name, cursor, NULL, &bmc) ? bmc : NULL;
}

size_t fleet_count(const struct fleet *f)
{
    return hashmap_count(f->by_name);
}

void fleet_accept_old_tokens(struct fleet *f, int64_t generation)
{
    struct bmc *bmc;
    size_t cursor = 0;

    f->old_generation = generation;
    while (generation == 0 && (bmc = fleet_next(f, &cursor)))
        forget_old_token(f, bmc);
}

bool bmc_knows_secret(const struct bmc *bmc, const char *secret)
{
    return digest_same(secret, bmc->secret) ||
           (bmc->old_secret && digest_same(secret, bmc->old_secret));
}

static void set_text(char **member, const char *text)
{
    if (!text || (*member && strcmp(*member, text) == 0))
        return;
    free(*member);
    *member = xstrdup(text);
}

void bmc_describe(const struct config_bmc *config, struct event *e)
{
    const struct option_pairs *labels = &config->labels;

    event_set(e, EVENT_BMC_NAME, config->name);
    event_set(e, EVENT_BMC_URL, config->url);
    for (size_t i = 0; i < labels->count; i++) {
        _cleanup_free_ char *label =
            xasprintf("%s=%s", labels->items[i].name, labels->items[i].value);

        event_add(e, EVENT_BMC_LABEL, label, strlen(label));
    }
}

void bmc_set_sse_id(struct bmc *bmc, const char *id)
{
    set_text(&bmc->sse_id, id);
}

void bmc_heed_record(struct bmc *bmc, const struct event *record)
{
    const char *text = event_text(record, EVENT_SSE_ID, NULL);
    struct log_cursor at;
    size_t cursor = 0;
    const char *uri;

    if (text)
        bmc_set_sse_id(bmc, text);
    while ((text = event_next(record, EVENT_LOG_CURSOR, &cursor, NULL)))
        if ((uri = log_marks_parse(text, &at)))
            log_marks_set(&bmc->logs, uri, &at);
    if (event_has(record, EVENT_GENERATED))
        return;
    bmc->last_event = (usec_t)event_int(record, EVENT_RECEIVED, 0);
    if (!recall_is_from_log(record) && !event_has(record, EVENT_IN_GAP))
        bmc->last_pushed = bmc->last_event;
}

void bmc_set_identity(struct bmc *bmc, const struct bmc_identity *identity)
{
    set_text(&bmc->vendor, identity->vendor);
    set_text(&bmc->model, identity->model);
    set_text(&bmc->serial, identity->serial);
    set_text(&bmc->uuid, identity->uuid);
    set_text(&bmc->host, identity->host);
}

char *bmc_destination(const struct bmc *bmc, const struct config *config)
{
    const char *base =
        bmc->config->public_url ? bmc->config->public_url : config->public_url;

    if (!base)
        return NULL;
    return xasprintf("%.*s/events/%s",
                     (int)(strlen(base) - (base[strlen(base) - 1] == '/')),
                     base, bmc->token);
}

char *bmc_signature(const struct bmc *bmc, const struct config *config)
{
    _cleanup_free_ char *destination = bmc_destination(bmc, config);
    const struct config_bmc *c = bmc->config;
    const char *const parts[] = {
        destination,   c->url,    c->username,        c->password_file,
        c->credential, c->tls.ca, c->tls.fingerprint, c->tls.certificate,
    };
    struct buffer text = {0};

    buffer_printf(&text, "%d %d %llu", c->receive, c->tls.verify,
                  (unsigned long long)config->limits.sse_event);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        buffer_printf(&text, "\n%s", parts[i] ? parts[i] : "");
    return buffer_take_text(&text);
}
