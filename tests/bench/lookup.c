/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long it takes to load registries and to find a message among them, and
 * what they cost in memory.
 *
 *     lookup FOLDER...
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "registry.h"

#define ROUNDS 2000000

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void on_problem(void *userdata, const char *text)
{
    (void)userdata;
    fprintf(stderr, "%s\n", text);
}

static const struct {
    const char *prefix;
    int major, minor, errata;
    const char *key;
} asked[] = {
    {"StorageDevice", 1, 1, -1, "DriveFailure"},
    {"Base", 1, 21, 0, "PropertyValueTypeError"},
    {"ResourceEvent", 1, 0, -1, "ResourceErrorsDetected"},
    {"OpenBMC", 0, 1, -1, "SensorThresholdCriticalHighGoingHigh"},
    {"iLOEvents", 2, 1, -1, "ServerPoweredOn"},
    {"Nobody", 1, 0, -1, "Knows"},
};

static void time_lookups(const struct registry_set *set, size_t which)
{
    struct registry_hit hit;
    double began = now();
    unsigned found = 0;

    for (int i = 0; i < ROUNDS; i++)
        found += registry_find(set, asked[which].prefix, asked[which].major,
                               asked[which].minor, asked[which].errata,
                               asked[which].key, &hit);
    printf("%-14s %-40s %s %.3f us\n", asked[which].prefix, asked[which].key,
           found ? "found  " : "unknown", (now() - began) / ROUNDS * 1e6);
}

int main(int argc, char **argv)
{
    struct registry_set *set = registry_set_new();
    size_t before = mallinfo2().uordblks;
    double began = now();

    for (int i = 1; i < argc; i++)
        registry_set_load(set, argv[i], REGISTRY_BMC, on_problem, NULL);
    printf("%zu registries in %.3f s, %.1f MiB\n", registry_set_count(set),
           now() - began, (double)(mallinfo2().uordblks - before) / 1048576.0);
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
        time_lookups(set, i);
    registry_set_free(set);
    return 0;
}
