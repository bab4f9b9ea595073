/* WebSocket (RFC 6455) on one connection: libwslay does the framing, this file the rules: text
 * only, size and rate limits, pings, the closing handshake, the send queue. */
#ifndef IC_SHELL_WEB_WS_H
#define IC_SHELL_WEB_WS_H

#include "shell/web_state.h"

/* Answer a checked upgrade and tell the handlers. */
void ic_web_ws_open(struct ic_web_conn *conn, const struct ic_http1_request *request);
/* The connection ends now: free the socket, tell the handlers when they know it. */
void ic_web_ws_close(struct ic_web_conn *conn);
/* Bytes from the peer, in state SOCKET. */
void ic_web_ws_input(struct ic_web_conn *conn, const uint8_t *bytes, size_t len);
/* Compose frames while there is room. */
void ic_web_ws_fill(struct ic_web_conn *conn, struct ic_wr *w);
bool ic_web_ws_wants_write(const struct ic_web_conn *conn);
/* All that was composed is with the kernel. */
void ic_web_ws_on_sent(struct ic_web_conn *conn);
/* The next tick after ic_web_ws_send or ic_web_ws_shut. */
void ic_web_ws_on_dirty(struct ic_web_conn *conn);
void ic_web_ws_on_deadline(struct ic_web_conn *conn);

/* ic_web_send, ic_web_close. */
void ic_web_ws_send(struct ic_web_conn *conn, const char *text, size_t len);
void ic_web_ws_shut(struct ic_web_conn *conn, uint16_t code, const char *reason);

#endif
