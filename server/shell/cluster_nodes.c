/* Which nodes there are, for the pages of this one: what the book has proved and is in force. */
#include <stdlib.h>
#include <string.h>

#include "shell/clock.h"
#include "shell/cluster_state.h"

static bool is_told(const struct ic_cluster_nodes *told, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (i == told->count || strcmp(told->names[i], names[i]) != 0)
            return false;
    return count == told->count;
}

void ic_cluster_tell_nodes(struct ic_cluster_thread *t)
{
    const char *names[IC_NODES_MAX];
    size_t count = ic_node_book_names(&t->book, (uint64_t)ic_clock_wall_s(), names);
    if (is_told(&t->told, names, count))
        return;
    struct ic_cluster_nodes *nodes = calloc(1, sizeof *nodes);
    if (nodes == NULL)
        return; /* again in a second */
    nodes->count = count;
    for (size_t i = 0; i < count; i++)
        memcpy(nodes->names[i], names[i], strlen(names[i]) + 1);
    const struct ic_cluster_answer answer = {.kind = IC_CLUSTER_NODES, .nodes = nodes};
    t->told = *nodes; /* the reader may free them at once */
    if (ic_mailbox_put(t->answers, &answer) == IC_OK)
        return;
    /* Full: the control loop is far behind. What it knows is unknown to us until it is told. */
    t->told.count = SIZE_MAX;
    free(nodes);
}
