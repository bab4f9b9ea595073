/* One connection from accept to close: reading, writing, deadlines. What requests mean is in
 * web_http.c, what WebSocket frames mean in web_ws.c. */
#ifndef IC_SHELL_WEB_CONN_H
#define IC_SHELL_WEB_CONN_H

#include "shell/web_reply.h"
#include "shell/web_state.h"

/* Take an accepted descriptor; closed when a limit is reached. */
void ic_web_conn_open(struct ic_web *web, int fd, const struct ic_addr *remote);
/* Close and free. Tells the handlers when they know the socket. */
void ic_web_conn_close(struct ic_web_conn *conn);
/* The connection of a request or socket; NULL when it is gone. */
struct ic_web_conn *ic_web_conn_find(struct ic_web *web, struct ic_conn_id id);
/* A fresh id for the request or socket that begins. */
void ic_web_conn_name(struct ic_web_conn *conn);

/* Begin to answer. body: bytes of reply->content_length; embedded ones are borrowed until the
 * connection ends, others copied. At most IC_WEB_BUFFER_LEN / 8 bytes that are not embedded. */
void ic_web_conn_answer(struct ic_web_conn *conn, struct ic_web_reply *reply, struct ic_rd body,
                        bool is_embedded);
/* Begin to answer 200 with bytes, which are copied. */
void ic_web_conn_answer_copy(struct ic_web_conn *conn, struct ic_web_reply *reply,
                             const uint8_t *bytes, size_t len);
/* The same with bytes that malloc gave, which it takes. */
void ic_web_conn_answer_own(struct ic_web_conn *conn, struct ic_web_reply *reply, uint8_t *bytes,
                            size_t len);
/* Answer with a problem document; reply holds what is special about it, its status at least. */
void ic_web_conn_problem(struct ic_web_conn *conn, struct ic_web_reply reply, const char *code,
                         const char *detail);
/* Write what there is to write; the first `have` bytes stand in web->output already. */
void ic_web_conn_flush(struct ic_web_conn *conn, size_t have);
/* Have the connection flushed and settled by the next tick. */
void ic_web_conn_touch(struct ic_web_conn *conn);
/* Send our end and wait for the peer's. */
void ic_web_conn_linger(struct ic_web_conn *conn);
/* Keep these bytes behind what arrived of the head or body; DEAD when there is no memory. */
void ic_web_conn_keep_input(struct ic_web_conn *conn, const uint8_t *bytes, size_t len);
void ic_web_conn_drop_input(struct ic_web_conn *conn);
void ic_web_conn_set_deadline(struct ic_web_conn *conn, uint32_t ms);

/* For web_server.c: the deadline is reached; the connection is in the dirty list. Both may close
 * it. */
void ic_web_conn_on_deadline(struct ic_web_conn *conn);
void ic_web_conn_on_dirty(struct ic_web_conn *conn);

#endif
