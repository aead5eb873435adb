/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BMCs over TLS: whom we believe, and who they believe we are. Certificates
 * in files are read again on reload, and an open connection does not keep an
 * old one in use.
 */
#include "redfish_fixture.h"

#define THING "/redfish/v1/Thing"

struct heard {
    unsigned answers, status;
    struct error err;
};

/* A BMC that wants to know who we are, and two who could be us. */
struct house {
    struct scene s;
    struct wire_identity *ca, *bmc, *us, *rogue_ca, *rogue;
    char ca_file[96], certificate[96], key[96];
};

static void on_answer(void *userdata, const struct talk_answer *a)
{
    struct heard *h = userdata;

    h->answers++;
    h->status = a->status;
    h->err = *a->err;
}

static unsigned ask(struct house *o, struct heard *h)
{
    struct talk_request r = {
        .bmc = o->s.flow.bmc,
        .uri = THING,
        .on_answer = on_answer,
        .userdata = h,
    };

    *h = (struct heard){0};
    talk_start(o->s.talk, &r);
    wire_wait(o->s.loop, h->answers > 0);
    return h->status;
}

static void put(const char *path, const char *text)
{
    file_write(path, text, strlen(text), 0600, NULL);
}

static void be(struct house *o, const struct wire_identity *who)
{
    put(o->certificate, who->certificate_pem);
    put(o->key, who->key_pem);
}

static void reload(struct house *o)
{
    fleet_adopt(o->s.flow.fleet, &o->s.flow.config, NULL, NULL);
    talk_adopt(o->s.talk, &o->s.flow.config);
}

static void house_init(struct house *o, bool asks)
{
    struct config_bmc *b = &o->s.flow.bmcs[0];

    *o = (struct house){.ca = wire_identity_new("ca", NULL),
                        .rogue_ca = wire_identity_new("rogue", NULL)};
    o->bmc = wire_identity_new("bmc", o->ca);
    o->us = wire_identity_new("us", o->ca);
    o->rogue = wire_identity_new("us", o->rogue_ca);
    scene_init(&o->s);
    redfish_go_away(&o->s.service);
    o->s.service.identity = o->bmc;
    o->s.service.client_ca = asks ? o->ca : NULL;
    redfish_come(&o->s.service, o->s.loop);
    snprintf(o->ca_file, sizeof(o->ca_file), "%s/ca", o->s.flow.directory);
    snprintf(o->certificate, sizeof(o->certificate), "%s/crt",
             o->s.flow.directory);
    snprintf(o->key, sizeof(o->key), "%s/key", o->s.flow.directory);
    put(o->ca_file, o->ca->certificate_pem);
    b->tls = (struct config_tls){.verify = true, .ca = o->ca_file};
    scene_start(&o->s);
    redfish_set(&o->s.service, "GET", THING, 200, "{}");
}

static void house_done(struct house *o)
{
    scene_done(&o->s);
    wire_identity_free(o->ca);
    wire_identity_free(o->bmc);
    wire_identity_free(o->us);
    wire_identity_free(o->rogue_ca);
    wire_identity_free(o->rogue);
}

static void test_who_we_are(void)
{
    struct config_bmc *b;
    struct heard h;
    struct house o;

    house_init(&o, true);
    b = &o.s.flow.bmcs[0];
    is_int(ask(&o, &h), 0, "a BMC that asks who we are: %s", h.err.text);
    b->tls.certificate = o.certificate;
    b->tls.key = o.key;
    reload(&o);
    is_int(ask(&o, &h), 0, "a certificate that is not there");
    ok(strstr(h.err.text, o.certificate), "... is named: %s", h.err.text);
    be(&o, o.us);
    is_int(ask(&o, &h), 200, "is believed by our certificate");
    be(&o, o.rogue);
    is_int(ask(&o, &h), 200, "one that was replaced");
    reload(&o);
    is_int(ask(&o, &h), 0, "... is in use after a reload: %s", h.err.text);
    be(&o, o.us);
    reload(&o);
    is_int(ask(&o, &h), 200, "... and so is the next");
    house_done(&o);
}

/* Whom we believe: in none of these is a password sent to a stranger. */
static void test_who_they_are(void)
{
    struct config_bmc *b;
    struct heard h;
    struct house o;

    house_init(&o, false);
    b = &o.s.flow.bmcs[0];
    is_int(ask(&o, &h), 200, "a BMC of the right CA");
    put(o.ca_file, o.rogue_ca->certificate_pem);
    b->tls.ca = o.certificate;
    put(o.certificate, o.rogue_ca->certificate_pem);
    redfish_go_away(&o.s.service);
    redfish_come(&o.s.service, o.s.loop);
    o.s.service.log.len = 0;
    is_int(ask(&o, &h), 0, "one of another: %s", h.err.text);
    b->tls.fingerprint =
        "sha256:"
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    is_int(ask(&o, &h), 0, "one of another fingerprint: %s", h.err.text);
    is_int(o.s.service.log.len, 0, "... hears nothing");
    b->tls = (struct config_tls){.verify = false};
    is_int(ask(&o, &h), 200, "any, if none is verified");
    house_done(&o);
}

int main(void)
{
    test_who_we_are();
    test_who_they_are();
    return done_testing();
}
