/* SPDX-License-Identifier: Apache-2.0 */
/* See known.h. */
#include "ctl/known.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "ctl/say.h"
#include "knowledge.h"
#include "util/alloc.h"

static void on_problem(void *userdata _unused_, const char *text)
{
    say(stderr, "trawlctl: %s", text);
}

struct registry_set *known_load(char *const *folders, size_t count)
{
    static const char config[] = TRAWL_CONFIG;
    /*
     * The folder of registries.directories' default, beside trawl.yaml: this is
     * used without a configuration too.
     */
    _cleanup_free_ char *usual = xasprintf(
        "%.*s/registries", (int)(strrchr(config, '/') - config), config);
    struct registry_set *set = knowledge_load(
        count > 0 ? folders : &usual, count > 0 ? count : 1, on_problem, NULL);

    if (registry_set_count(set) == 0)
        fprintf(stderr, "trawlctl: no registry was found in %s\n",
                knowledge_bundled());
    return set;
}

char *known_cache(const char *path)
{
    struct yaml_problems *problems = yaml_problems_new();
    struct config *config = config_read(path, problems);
    char *folder = config ? xstrdup(config->registries.cache) : NULL;

    if (!config)
        fprintf(stderr,
                "trawlctl: no daemon runs, and %s, which names the cache of "
                "registries, cannot be used (trawld --check-config says why)\n",
                path);
    config_free(config);
    yaml_problems_free(problems);
    return folder;
}
