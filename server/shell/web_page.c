#include "shell/web_page.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "shell/web_conn.h"

static void answer_file(struct ic_web_conn *conn)
{
    const struct ic_web_variant *variant = &conn->page;
    struct ic_web_reply reply = {
        .status = 200,
        .content_type = variant->asset->content_type,
        .content_length = variant->len,
        .coding = variant->coding,
        .cache_control =
            variant->asset->is_immutable ? "public, max-age=31536000, immutable" : "no-cache",
        .etag = variant->etag,
    };
    struct ic_rd body = ic_rd_init(variant->bytes, variant->len);
    if (conn->is_page_cached) {
        reply.status = 304;
        reply.content_type = NULL;
        reply.coding = NULL;
        body = ic_rd_init(NULL, 0);
    }
    ic_web_conn_answer(conn, &reply, body, true);
}

/* "/m/" and an id, exactly. */
static bool is_meeting(const struct ic_http1_text *path, uint8_t out[static IC_MEETING_ID_LEN])
{
    static const char prefix[] = "/m/";
    size_t len = sizeof prefix - 1;
    return path->len == len + IC_BASE64URL_LEN(IC_MEETING_ID_LEN) &&
           memcmp(path->at, prefix, len) == 0 &&
           ic_base64url_decode((const char *)&path->at[len], path->len - len, out,
                               IC_MEETING_ID_LEN) == IC_OK;
}

void ic_web_page_on_request(struct ic_web_conn *conn, const struct ic_http1_request *request,
                            const struct ic_web_asset *asset)
{
    const struct ic_web_handlers *handlers = &conn->web->handlers;
    ic_web_static_choose(asset, request, &conn->page);
    conn->is_page_cached = ic_http1_none_match_has(request, conn->page.etag);
    if (handlers->on_page_request == NULL || !is_meeting(&request->path, conn->page_meeting)) {
        answer_file(conn);
        return;
    }
    ic_web_conn_name(conn);
    conn->state = IC_WEB_WAITING;
    ic_web_conn_set_deadline(conn, IC_HTTP_MEETING_TIMEOUT_MS);
    handlers->on_page_request(handlers->context, conn->id, conn->page_meeting);
}

static void write_url(const struct ic_web_conn *conn, const char *host, char *out, size_t cap)
{
    char id[IC_BASE64URL_LEN(IC_MEETING_ID_LEN) + 1], origin[IC_WEB_NODE_ORIGIN_MAX];
    ic_base64url_encode(conn->page_meeting, IC_MEETING_ID_LEN, id);
    bool is_host = ic_web_nodes_origin(conn->web, host, origin);
    IC_ASSERT(is_host); /* it stood in a certificate */
    int n = snprintf(out, cap, "%s/m/%s", origin, id);
    IC_ASSERT(n > 0 && (size_t)n < cap);
}

void ic_web_page_answer(struct ic_web_conn *conn, const char *host)
{
    char url[512];
    if (conn->state != IC_WEB_WAITING || conn->page.asset == NULL)
        return;
    if (host == NULL) {
        answer_file(conn);
        return;
    }
    write_url(conn, host, url, sizeof url);
    struct ic_web_reply reply = {.status = 307,
                                 .content_type = "text/plain; charset=utf-8",
                                 .content_length = strlen(url),
                                 .location = url};
    ic_web_conn_answer(conn, &reply, ic_rd_init((const uint8_t *)url, strlen(url)), false);
}
