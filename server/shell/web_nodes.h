/* The nodes beside this one, for pages: a page goes on at another node when its own is lost
 * (signalling.md 4.4). Which nodes there are is proved elsewhere (ic_web_set_nodes); here they
 * become origins: those that a page may ask, and those whose pages may ask us. */
#ifndef IC_SHELL_WEB_NODES_H
#define IC_SHELL_WEB_NODES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/limits.h"
#include "wire/http1.h"

/* scheme "://" host ":" port, with the terminator */
#define IC_WEB_NODE_ORIGIN_MAX (8 + IC_NODE_NAME_MAX + 6 + 1)

struct ic_web;
struct ic_web_conn;

struct ic_web_nodes {
    size_t count;
    char origins[IC_NODES_MAX][IC_WEB_NODE_ORIGIN_MAX];
};

/* The origin of the node of this name: https, or what this server itself speaks. All nodes of a
 * deployment listen on the same port; behind a proxy only that one knows it, and it is the usual
 * one. False: it is no name of a host, and out is empty. */
bool ic_web_nodes_origin(const struct ic_web *web, const char *name,
                         char out[static IC_WEB_NODE_ORIGIN_MAX]);
/* Instead of those before, in this order. Names that are no host's are left out, as are those
 * beyond IC_NODES_MAX. */
void ic_web_nodes_set(struct ic_web *web, const char *const *names, size_t count);

/* The request comes from a page of this server, of an origin of the configuration, or of a node. */
bool ic_web_nodes_may_ask(const struct ic_web *web, const struct ic_http1_request *request);
/* The origin of the page that may read the answer to this request, although it is another server's:
 * of the configuration or of a node. Lent until the nodes change. NULL: none may. */
const char *ic_web_nodes_reader(const struct ic_web *web, const struct ic_http1_request *request);

#endif
