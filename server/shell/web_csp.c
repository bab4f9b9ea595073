#include "shell/web_csp.h"

#include <string.h>

#include "base/assert.h"
#include "base/wr.h"
#include "shell/web_issuers.h"

/* The client is one origin's own files: nothing inline, nothing foreign, no frame around it. Blobs
 * are its own pictures and recordings. 'self' covers the WebSocket of the same host (CSP
 * 3 6.7.2.8); the browsers that lack this lack the encryption that meetings need, too. Beside it a
 * page may ask the issuers, for tokens and their keys, and the other nodes, when this one is lost.
 */
static const char policy_head[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'";
static const char policy_tail[] =
    "; font-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/* Several issuers may share an origin. */
static bool is_named(const struct ic_web_issuer *issuers, size_t i)
{
    size_t len = ic_web_issuers_origin_len(issuers[i].issuer);
    for (size_t k = 0; k < i; k++) {
        if (ic_web_issuers_origin_len(issuers[k].issuer) == len &&
            strncmp(issuers[k].issuer, issuers[i].issuer, len) == 0)
            return true;
    }
    return false;
}

static void write_issuers(struct ic_wr *w, const struct ic_web_issuer *issuers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_named(issuers, i))
            continue;
        ic_wr_u8(w, ' ');
        ic_wr_bytes(w, issuers[i].issuer, ic_web_issuers_origin_len(issuers[i].issuer));
    }
}

/* " https://host wss://host": a source of one scheme does not match the other (CSP 3 6.7.2.8: "A is
 * 'http' and B is 'https'" and its like go from the unsafe one to the safe one alone). */
static void write_node(struct ic_wr *w, const char *origin)
{
    ic_wr_text(w, " ");
    ic_wr_text(w, origin);
    ic_wr_text(w, " ws");
    ic_wr_text(w, &origin[strlen("http")]);
}

static void write_nodes(struct ic_wr *w, const struct ic_web_nodes *nodes)
{
    size_t bytes = 0;
    for (size_t i = 0; i < nodes->count && i < IC_WEB_NODES_MAX; i++) {
        bytes += 2 * (strlen(nodes->origins[i]) + 1) - strlen("ht");
        if (bytes > IC_WEB_NODES_BYTES_MAX)
            return;
        write_node(w, nodes->origins[i]);
    }
}

void ic_web_csp_write(const struct ic_web_issuer *issuers, size_t issuer_count,
                      const struct ic_web_nodes *nodes, char out[static IC_WEB_CSP_MAX])
{
    struct ic_wr w = ic_wr_init((uint8_t *)out, IC_WEB_CSP_MAX);
    ic_wr_text(&w, policy_head);
    write_issuers(&w, issuers, issuer_count);
    write_nodes(&w, nodes);
    ic_wr_text(&w, policy_tail);
    ic_wr_u8(&w, '\0');
    IC_ASSERT(ic_wr_ok(&w));
}
