/* SPDX-License-Identifier: Apache-2.0 */
/* A short list under a mutex, and an eventfd; see notice.h. */
#include "notice.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "util/alloc.h"

struct node {
    struct node *next;
    struct notice notice;
};

struct notice_queue {
    pthread_mutex_t lock;
    struct node *first; /* oldest */
    int fd;
};

struct notice_queue *notice_queue_new(void)
{
    struct notice_queue *q = XNEW(struct notice_queue);

    pthread_mutex_init(&q->lock, NULL);
    q->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (q->fd < 0)
        abort(); /* like memory: the process is at its limits at the start */
    return q;
}

void notice_queue_free(struct notice_queue *q)
{
    struct notice unused;

    if (!q)
        return;
    while (notice_take(q, &unused))
        ;
    close(q->fd);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

/* Takes a waiting notice of that kind and sink out of the list, or NULL. */
static struct node *pull_same(struct notice_queue *q, const struct notice *n)
{
    struct node *node;

    for (struct node **at = &q->first; (node = *at); at = &node->next)
        if (node->notice.kind == n->kind &&
            strcmp(node->notice.sink, n->sink) == 0) {
            *at = node->next;
            return node;
        }
    return NULL;
}

static void push_last(struct notice_queue *q, struct node *node)
{
    struct node **at = &q->first;

    while (*at)
        at = &(*at)->next;
    *at = node;
    node->next = NULL;
}

void notice_add(struct notice_queue *q, const struct notice *notice)
{
    struct node *node;
    uint64_t waiting = 0;

    pthread_mutex_lock(&q->lock);
    node = pull_same(q, notice);
    if (node)
        waiting = node->notice.count;
    else
        node = XNEW(struct node);
    node->notice = *notice;
    node->notice.count += waiting;
    push_last(q, node);
    pthread_mutex_unlock(&q->lock);
    eventfd_write(q->fd, 1);
}

bool notice_take(struct notice_queue *q, struct notice *ret)
{
    struct node *node;
    eventfd_t unused;

    pthread_mutex_lock(&q->lock);
    node = q->first;
    if (node)
        q->first = node->next;
    else
        eventfd_read(q->fd, &unused);
    pthread_mutex_unlock(&q->lock);
    if (!node)
        return false;
    *ret = node->notice;
    free(node);
    return true;
}

int notice_fd(const struct notice_queue *q)
{
    return q->fd;
}
