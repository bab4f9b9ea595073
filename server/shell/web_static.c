#include "shell/web_static.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"

/* LIMIT: what follows "/m/"; a meeting id has 22 characters, but a mangled link shall reach the
 * client, which has a text for it. */
#define MEETING_PATH_MAX 64

static bool is_client_page(const struct ic_http1_text *path)
{
    static const char prefix[] = "/m/";
    const size_t prefix_len = sizeof prefix - 1;
    if (ic_http1_text_is(path, "/") || ic_http1_text_is(path, "/new") ||
        ic_http1_text_is(path, "/oidc"))
        return true;
    if (path->len < prefix_len || path->len > prefix_len + MEETING_PATH_MAX ||
        memcmp(path->at, prefix, prefix_len) != 0)
        return false;
    for (size_t i = prefix_len; i < path->len; i++) {
        if (path->at[i] == '/')
            return false;
    }
    return true;
}

const struct ic_web_asset *ic_web_static_find(const struct ic_http1_text *path)
{
    bool is_page = is_client_page(path);
    for (size_t i = 0; i < ic_web_asset_count; i++) {
        const struct ic_web_asset *asset = &ic_web_assets[i];
        if (is_page ? strcmp(asset->path, "/index.html") == 0 : ic_http1_text_is(path, asset->path))
            return asset;
    }
    return NULL;
}

/* RFC 9110 8.8.3.3: representations that differ in content coding have different strong tags. */
static void etag_of(const struct ic_web_asset *asset, const char *coding, char *out)
{
    size_t len = strlen(asset->etag);
    IC_ASSERT(len > 2 && asset->etag[0] == '"' && asset->etag[len - 1] == '"');
    int written = coding == NULL ? snprintf(out, IC_WEB_ETAG_MAX, "%s", asset->etag)
                                 : snprintf(out, IC_WEB_ETAG_MAX, "%.*s-%s\"", (int)(len - 1),
                                            asset->etag, coding);
    IC_ASSERT(written > 0 && written < IC_WEB_ETAG_MAX);
}

void ic_web_static_choose(const struct ic_web_asset *asset, const struct ic_http1_request *request,
                          struct ic_web_variant *out)
{
    unsigned brotli = asset->brotli == NULL ? 0 : ic_http1_coding_weight(request, "br");
    unsigned gzip = asset->gzip == NULL ? 0 : ic_http1_coding_weight(request, "gzip");
    *out = (struct ic_web_variant){.asset = asset, .bytes = asset->plain, .len = asset->plain_len};
    if (brotli > 0 && brotli >= gzip) {
        out->coding = "br";
        out->bytes = asset->brotli;
        out->len = asset->brotli_len;
    } else if (gzip > 0) {
        out->coding = "gzip";
        out->bytes = asset->gzip;
        out->len = asset->gzip_len;
    }
    etag_of(asset, out->coding, out->etag);
}
