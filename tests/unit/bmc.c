/* SPDX-License-Identifier: Apache-2.0 */
/* The fleet through configurations that come and go, and its tokens. */
#include "bmc.h"

#include <string.h>

#include "tap.h"
#include "util/alloc.h"

static const char key[] = "0123456789abcdef0123456789abcdef";

static void count_removed(void *userdata, struct bmc *bmc)
{
    diag("removed %s", bmc->name);
    ++*(int *)userdata;
}

static void test_tokens(struct fleet *f)
{
    struct fleet *again = fleet_new(key, sizeof(key));
    struct fleet *other = fleet_new("another key", 11);
    struct config_bmc one = {.name = "r1-n01", .url = "https://10.0.0.11"};
    struct config config = {.bmcs = &one, .bmc_count = 1};
    const char *token = fleet_find(f, "r1-n01")->token;

    fleet_adopt(again, &config, NULL, NULL);
    fleet_adopt(other, &config, NULL, NULL);
    is_int(strlen(token), 40, "a token has 160 bits");
    is_text(fleet_find(again, "r1-n01")->token, token,
            "the same key gives the same token, whatever else was lost");
    ok(strcmp(fleet_find(other, "r1-n01")->token, token) != 0,
       "another key gives another");
    ok(fleet_find_token(f, token) == fleet_find(f, "r1-n01"),
       "a token finds its BMC");
    ok(!fleet_find_token(f, "nonsense"), "another finds none");
    fleet_free(again);
    fleet_free(other);
}

/* Another generation, and the one before while it is good. */
static void test_generations(void)
{
    struct config_bmc both[] = {
        {.name = "n1", .url = "https://10.0.0.11"},
        {.name = "n2", .url = "https://10.0.0.12", .token = "made-by-hand"},
    };
    struct config config = {.bmcs = both, .bmc_count = 2};
    struct fleet *f = fleet_new(key, sizeof(key));
    _cleanup_free_ char *token = NULL, *secret = NULL;
    struct bmc *one, *two;

    config.subscription.generation = 1;
    fleet_adopt(f, &config, NULL, NULL);
    one = fleet_find(f, "n1");
    two = fleet_find(f, "n2");
    token = xstrdup(one->token);
    secret = xstrdup(one->secret);
    ok(strcmp(token, secret) != 0, "the secret does not follow from the token");
    ok(bmc_knows_secret(one, secret) && !bmc_knows_secret(two, secret) &&
           !bmc_knows_secret(one, "") && !bmc_knows_secret(one, token),
       "each BMC has its own");
    config.subscription.generation = 2;
    fleet_accept_old_tokens(f, 1);
    fleet_adopt(f, &config, NULL, NULL);
    ok(strcmp(one->token, token) != 0, "another generation, another token");
    ok(fleet_find_token(f, token) == one &&
           fleet_find_token(f, one->token) == one,
       "... beside the one before");
    ok(bmc_knows_secret(one, secret) && bmc_knows_secret(one, one->secret),
       "... and so with the secret");
    is_text(two->token, "made-by-hand", "one made by hand stays");
    fleet_accept_old_tokens(f, 0);
    ok(!fleet_find_token(f, token) && !bmc_knows_secret(one, secret),
       "the one before ends");
    ok(fleet_find_token(f, one->token) == one, "... and no other");
    fleet_free(f);
}

static void test_addresses(void)
{
    struct config_bmc all[] = {
        {.name = "a", .url = "https://10.0.0.1:8443"},
        {.name = "b", .url = "https://[FE80:0::1]"},
        {.name = "c", .url = "https://10.0.0.3"},
        {.name = "d", .url = "https://10.0.0.3:444"},
        {.name = "e", .url = "https://e.example"},
    };
    struct config config = {.bmcs = all, .bmc_count = ARRAY_LEN(all)};
    struct fleet *f = fleet_new(key, sizeof(key));

    fleet_adopt(f, &config, NULL, NULL);
    ok(fleet_find_address(f, "10.0.0.1") == fleet_find(f, "a"), "by address");
    ok(fleet_find_address(f, "fe80::1") == fleet_find(f, "b"), "... of IPv6");
    ok(!fleet_find_address(f, "10.0.0.3"), "two behind one are none");
    ok(!fleet_find_address(f, "e.example") && !fleet_find_address(f, ""),
       "a name is no address");
    config.bmc_count = 3;
    fleet_adopt(f, &config, NULL, NULL);
    ok(fleet_find_address(f, "10.0.0.3") == fleet_find(f, "c"),
       "one that is alone there again");
    fleet_free(f);
}

static void test_destination(struct fleet *f)
{
    struct config config = {.public_url = "https://c.example:8443/"};
    struct bmc *bmc = fleet_find(f, "r1-n02");
    _cleanup_free_ char *to = bmc_destination(bmc, &config);
    struct config none = {0};

    is_text(to, "https://c.example:8443/events/secret-made-by-hand",
            "where a BMC posts to, with the token of the configuration");
    ok(!bmc_destination(bmc, &none), "... nowhere without a public_url");
}

static void test_adopt(struct fleet *f)
{
    struct config_bmc after[] = {
        {.name = "r1-n02", .url = "https://10.0.0.99", .token = "changed"},
        {.name = "r1-n03",
         .url = "https://10.0.0.13",
         .token = "secret-made-by-hand"},
    };
    struct config config = {.bmcs = after, .bmc_count = 2};
    struct bmc *kept = fleet_find(f, "r1-n02");
    int removed = 0;

    bmc_set_sse_id(kept, "17");
    fleet_adopt(f, &config, count_removed, &removed);
    is_int(removed, 1, "one BMC is gone");
    is_int(fleet_count(f), 2, "two are there");
    ok(fleet_find(f, "r1-n02") == kept, "one that stays keeps its place");
    is_text(kept->sse_id, "17", "... and what is known of it");
    is_text(kept->config->url, "https://10.0.0.99", "... by the new words");
    ok(fleet_find_token(f, "changed") == kept, "a new token finds it");
    ok(fleet_find_token(f, "secret-made-by-hand") == fleet_find(f, "r1-n03"),
       "its old token, given to another, finds that one");
}

int main(void)
{
    struct config_bmc before[] = {
        {.name = "r1-n01", .url = "https://10.0.0.11"},
        {.name = "r1-n02",
         .url = "https://10.0.0.12",
         .token = "secret-made-by-hand"},
    };
    struct config config = {.bmcs = before, .bmc_count = 2};
    struct fleet *f = fleet_new(key, sizeof(key));
    _cleanup_free_ char *first = NULL, *second = NULL;

    fleet_adopt(f, &config, NULL, NULL);
    test_tokens(f);
    test_destination(f);
    first = bmc_signature(fleet_find(f, "r1-n02"), &config);
    before[1].url = "https://10.0.0.98";
    second = bmc_signature(fleet_find(f, "r1-n02"), &config);
    ok(strcmp(first, second) != 0, "a changed URL changes the signature");
    test_adopt(f);
    fleet_free(f);
    test_generations();
    test_addresses();
    return done_testing();
}
