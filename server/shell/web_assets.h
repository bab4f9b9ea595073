/* The built web client, embedded (scripts/embed_web.mjs writes web_assets.c at build time). */
#ifndef IC_SHELL_WEB_ASSETS_H
#define IC_SHELL_WEB_ASSETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ic_web_asset {
    const char *path; /* "/assets/index-4f3a.js", "/index.html" */
    const char *content_type;
    const char *etag;  /* quoted, of the plain bytes */
    bool is_immutable; /* hashed name: cached for ever */
    const uint8_t *plain;
    size_t plain_len;
    const uint8_t *gzip; /* NULL when not smaller */
    size_t gzip_len;
    const uint8_t *brotli;
    size_t brotli_len;
};

extern const struct ic_web_asset ic_web_assets[];
extern const size_t ic_web_asset_count;

#endif
