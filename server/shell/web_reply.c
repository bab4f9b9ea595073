#include "shell/web_reply.h"

#include <stdio.h>

#include "wire/http1.h"

/* What a meeting needs, for ourselves only; the rest is off for everybody. Only names that Chromium
 * knows on each of its platforms: others make a warning in its console. Access to local networks is
 * left alone: the media server may stand in one. */
static const char permissions_policy[] =
    "accelerometer=(), autoplay=(self), browsing-topics=(), camera=(self), "
    "captured-surface-control=(), clipboard-read=(), clipboard-write=(self), compute-pressure=(), "
    "display-capture=(self), encrypted-media=(), fullscreen=(self), gamepad=(), geolocation=(), "
    "gyroscope=(), hid=(), identity-credentials-get=(), idle-detection=(), keyboard-map=(), "
    "local-fonts=(), magnetometer=(), microphone=(self), midi=(), otp-credentials=(), payment=(), "
    "picture-in-picture=(self), publickey-credentials-create=(), publickey-credentials-get=(), "
    "screen-wake-lock=(self), serial=(), speaker-selection=(self), storage-access=(), sync-xhr=(), "
    "usb=(), window-management=(), xr-spatial-tracking=()";

static void write_security(struct ic_wr *w, const struct ic_web_reply *reply)
{
    ic_http1_write_field(w, "Content-Security-Policy", reply->security_policy);
    ic_http1_write_field(w, "Permissions-Policy", permissions_policy);
    ic_http1_write_field(w, "Cross-Origin-Opener-Policy", "same-origin");
    ic_http1_write_field(w, "Cross-Origin-Embedder-Policy", "require-corp");
    ic_http1_write_field(w, "Cross-Origin-Resource-Policy", "same-origin");
    ic_http1_write_field(w, "Referrer-Policy", "no-referrer");
    ic_http1_write_field(w, "X-Content-Type-Options", "nosniff");
    if (reply->is_hsts)
        ic_http1_write_field(w, "Strict-Transport-Security", "max-age=31536000");
}

static void write_connection(struct ic_wr *w, const struct ic_web_reply *reply)
{
    if (reply->is_upgrade_hint) {
        /* RFC 9110 15.5.22: "The server MUST send an Upgrade header field in a 426 response" */
        ic_http1_write_field(w, "Upgrade", "websocket");
        ic_http1_write_field(w, "Sec-WebSocket-Version", "13");
        ic_http1_write_field(w, "Connection", reply->is_last ? "upgrade, close" : "upgrade");
    } else if (reply->is_last) {
        ic_http1_write_field(w, "Connection", "close");
    }
}

/* Fetch 3.2. Without credentials: none are ever taken. A cache must not answer one origin with what
 * another one got. */
static void write_sharing(struct ic_wr *w, const struct ic_web_reply *reply)
{
    if (!reply->is_shared)
        return;
    ic_http1_write_field(w, "Vary", "Origin");
    if (reply->reader == NULL)
        return;
    ic_http1_write_field(w, "Access-Control-Allow-Origin", reply->reader);
    if (reply->preflight == NULL) {
        ic_http1_write_field(w, "Access-Control-Expose-Headers", "Retry-After");
    } else {
        ic_http1_write_field(w, "Access-Control-Allow-Methods", reply->preflight);
        ic_http1_write_field(w, "Access-Control-Allow-Headers", "Content-Type");
    }
}

void ic_web_reply_write(struct ic_wr *w, const struct ic_web_reply *reply, int64_t unix_s)
{
    ic_http1_write_status(w, reply->status);
    ic_http1_write_date(w, unix_s);
    write_connection(w, reply);
    if (reply->content_type != NULL) {
        ic_http1_write_field(w, "Content-Type", reply->content_type);
        ic_http1_write_number(w, "Content-Length", reply->content_length);
    }
    if (reply->coding != NULL)
        ic_http1_write_field(w, "Content-Encoding", reply->coding);
    ic_http1_write_field(w, "Cache-Control",
                         reply->cache_control == NULL ? "no-store" : reply->cache_control);
    if (reply->etag != NULL) {
        ic_http1_write_field(w, "ETag", reply->etag);
        ic_http1_write_field(w, "Vary", "Accept-Encoding");
    }
    write_sharing(w, reply);
    if (reply->allow != NULL)
        ic_http1_write_field(w, "Allow", reply->allow);
    if (reply->location != NULL)
        ic_http1_write_field(w, "Location", reply->location);
    if (reply->retry_after_s > 0)
        ic_http1_write_number(w, "Retry-After", reply->retry_after_s);
    write_security(w, reply);
    ic_http1_write_end(w);
}

void ic_web_reply_write_problem(struct ic_wr *w, unsigned status, const char *code,
                                const char *detail)
{
    char number[16];
    snprintf(number, sizeof number, "%u", status);
    ic_wr_text(w, "{\"type\":\"about:blank\",\"title\":\"");
    ic_wr_text(w, ic_http1_reason(status));
    ic_wr_text(w, "\",\"status\":");
    ic_wr_text(w, number);
    ic_wr_text(w, ",\"code\":\"");
    ic_wr_text(w, code);
    ic_wr_text(w, "\",\"detail\":\"");
    ic_wr_text(w, detail);
    ic_wr_text(w, "\"}\n");
}
