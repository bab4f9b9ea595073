/* room: wire
 * The HTTP/1.1 parser. The first byte of the input says in which pieces the rest arrives. Checked:
 * pieces and whole give the same verdict, what is taken lies inside of the head, and no answer to
 * the questions about a request depends on bytes outside of it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "wire/http1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct verdict {
    enum ic_http1_step step;
    size_t head_len;
    unsigned status;
};

static struct verdict scan_in_pieces(const uint8_t *bytes, size_t len, size_t piece)
{
    struct ic_http1_scan scan = {0};
    struct verdict v = {.step = IC_HTTP1_MORE};
    for (size_t fed = 0; v.step == IC_HTTP1_MORE && fed < len;) {
        fed = len - fed < piece ? len : fed + piece;
        v.step = ic_http1_scan_input(&scan, bytes, fed, &v.head_len, &v.status);
    }
    if (v.step != IC_HTTP1_BAD)
        v.status = 0;
    return v;
}

static void check_inside(const uint8_t *head, size_t len, const struct ic_http1_text *text)
{
    IC_ASSERT(text->len == 0 || (text->at >= head && text->at + text->len <= head + len));
}

static void ask_everything(const uint8_t *head, size_t len, const struct ic_http1_request *request)
{
    check_inside(head, len, &request->path);
    check_inside(head, len, &request->query);
    check_inside(head, len, &request->host);
    IC_ASSERT(request->path.len > 0 && request->path.at[0] == '/' && request->host.len > 0);
    IC_ASSERT(request->field_count > 0 && request->field_count <= IC_HTTP_HEADERS_MAX);
    for (size_t i = 0; i < request->field_count; i++) {
        const struct ic_http1_field *field = &request->fields[i];
        check_inside(head, len, &field->name);
        check_inside(head, len, &field->value);
        IC_ASSERT(field->name.len > 0 && memchr(field->value.at, '\r', field->value.len) == NULL);
        (void)ic_http1_media_is(&field->value, "application/json");
    }
    IC_ASSERT(ic_http1_field_count(request, "host") == 1);
    IC_ASSERT(ic_http1_field_count(request, "transfer-encoding") == 0);
    IC_ASSERT(ic_http1_coding_weight(request, "br") <= 1000);
    IC_ASSERT(ic_http1_list_has(request, "connection", "close") == request->is_close);
    (void)ic_http1_none_match_has(request, "\"tag\"");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const uint8_t *bytes = data + 1;
    size_t len = size - 1;
    struct verdict whole = scan_in_pieces(bytes, len, SIZE_MAX);
    struct verdict pieces = scan_in_pieces(bytes, len, (size_t)data[0] + 1);
    IC_ASSERT(whole.step == pieces.step && whole.status == pieces.status);
    IC_ASSERT(whole.step != IC_HTTP1_DONE || whole.head_len == pieces.head_len);
    /* The parser must stand on its own, too: without a scan it gets the whole input. */
    size_t head_len = whole.step == IC_HTTP1_DONE ? whole.head_len : len;
    struct ic_http1_request request;
    unsigned status = 0;
    uint8_t *head = malloc(head_len + 1);
    IC_ASSERT(head != NULL);
    memcpy(head, bytes, head_len);
    if (ic_http1_request_parse(head, head_len, &request, &status) == IC_OK)
        ask_everything(head, head_len, &request);
    else
        IC_ASSERT(status >= 400 && status <= 505);
    free(head);
    return 0;
}
