#include "shell/web_nodes.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "shell/web_state.h"
#include "shell/web_upgrade.h"

#define HTTP_PORT  80
#define HTTPS_PORT 443

/* The grammar of nodes.md 2 without its lengths: nothing that means something in a header field. */
static bool is_host(const char *name)
{
    static const char signs[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";
    size_t len = strlen(name);
    return len > 0 && len <= IC_NODE_NAME_MAX && strspn(name, signs) == len;
}

bool ic_web_nodes_origin(const struct ic_web *web, const char *name,
                         char out[static IC_WEB_NODE_ORIGIN_MAX])
{
    bool is_secure = web->config.tls || web->config.is_behind_proxy;
    uint16_t port = web->listeners[0].port, usual = is_secure ? HTTPS_PORT : HTTP_PORT;
    char where[8] = "";
    out[0] = '\0';
    if (!is_host(name))
        return false;
    if (port != usual && !web->config.is_behind_proxy)
        snprintf(where, sizeof where, ":%u", port);
    int n =
        snprintf(out, IC_WEB_NODE_ORIGIN_MAX, "http%s://%s%s", is_secure ? "s" : "", name, where);
    IC_ASSERT(n > 0 && n < IC_WEB_NODE_ORIGIN_MAX);
    return true;
}

/* What was to be answered to a page of a node that has left is not shared with it any more. */
static void forget_readers(struct ic_web *web)
{
    for (uint32_t i = 0; i < web->conns.count; i++) {
        struct ic_ref ref;
        struct ic_web_conn *conn = ic_pool_at_index(&web->conns, i, &ref);
        if (conn != NULL)
            conn->reader = NULL;
    }
}

void ic_web_nodes_set(struct ic_web *web, const char *const *names, size_t count)
{
    struct ic_web_nodes *nodes = &web->nodes;
    forget_readers(web);
    nodes->count = 0;
    for (size_t i = 0; i < count && nodes->count < IC_NODES_MAX; i++)
        nodes->count += ic_web_nodes_origin(web, names[i], nodes->origins[nodes->count]);
}

static const char *find_node(const struct ic_web *web, const struct ic_http1_text *origin)
{
    for (size_t i = 0; i < web->nodes.count; i++)
        if (ic_http1_text_is(origin, web->nodes.origins[i]))
            return web->nodes.origins[i];
    return NULL;
}

bool ic_web_nodes_may_ask(const struct ic_web *web, const struct ic_http1_request *request)
{
    const struct ic_web_config *config = &web->config;
    const struct ic_http1_text *origin = ic_http1_field_one(request, "origin");
    return ic_web_upgrade_origin_ok(request, config->origins, config->origin_count, config->tls) ||
           (origin != NULL && find_node(web, origin) != NULL);
}

/* It can stand in a header field. */
static bool is_plain(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

const char *ic_web_nodes_reader(const struct ic_web *web, const struct ic_http1_request *request)
{
    const struct ic_web_config *config = &web->config;
    const struct ic_http1_text *origin = ic_http1_field_one(request, "origin");
    if (origin == NULL)
        return NULL;
    for (size_t i = 0; i < config->origin_count; i++)
        if (ic_http1_text_is(origin, config->origins[i]) && is_plain(config->origins[i]))
            return config->origins[i];
    return find_node(web, origin);
}
