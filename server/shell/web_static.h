/* Which embedded file answers a path, and in which content coding. */
#ifndef IC_SHELL_WEB_STATIC_H
#define IC_SHELL_WEB_STATIC_H

#include "shell/web_assets.h"
#include "wire/http1.h"

#define IC_WEB_ETAG_MAX 96

/* One representation of an embedded file. */
struct ic_web_variant {
    const struct ic_web_asset *asset;
    const char *coding; /* "br", "gzip" or NULL: as it is */
    const uint8_t *bytes;
    size_t len;
    char etag[IC_WEB_ETAG_MAX];
};

/* The file for a path: "/", "/new" and "/m/<0 to 64 characters>" are the client. NULL: none. */
const struct ic_web_asset *ic_web_static_find(const struct ic_http1_text *path);
/* The best representation that the client accepts. */
void ic_web_static_choose(const struct ic_web_asset *asset, const struct ic_http1_request *request,
                          struct ic_web_variant *out);

#endif
