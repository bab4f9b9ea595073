/* What each request means: routes, methods, the meeting API, health, embedded files. */
#ifndef IC_SHELL_WEB_HTTP_H
#define IC_SHELL_WEB_HTTP_H

#include "shell/web_state.h"

/* A request head was read. rest borrows: what arrived behind it. */
void ic_web_http_on_request(struct ic_web_conn *conn, const struct ic_http1_request *request,
                            struct ic_rd *rest);
/* Bytes in state BODY. */
void ic_web_http_on_body(struct ic_web_conn *conn, const uint8_t *bytes, size_t len);
/* The handlers answer a meeting request, a blob request (bytes: copied). */
void ic_web_http_answer_meeting(struct ic_web_conn *conn, enum ic_hub_answer answer,
                                const char *meeting);
void ic_web_http_answer_blob(struct ic_web_conn *conn, enum ic_err result, const uint8_t *bytes,
                             size_t len);
/* They did not in time. */
void ic_web_http_on_no_answer(struct ic_web_conn *conn);

#endif
