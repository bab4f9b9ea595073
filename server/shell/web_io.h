/* Bytes of one connection, plain or TLS, behind one face. Non-blocking. */
#ifndef IC_SHELL_WEB_IO_H
#define IC_SHELL_WEB_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ssl_st;
struct ssl_ctx_st;

enum ic_web_io {
    IC_WEB_IO_DONE,   /* at least one byte, or the handshake is complete */
    IC_WEB_IO_AGAIN,  /* wait for the descriptor */
    IC_WEB_IO_END,    /* the peer sent its end */
    IC_WEB_IO_FAILED, /* close */
};

struct ic_web_channel {
    int fd;
    struct ssl_st *tls;          /* NULL: plain, or TLS before the first byte */
    bool read_wants_write;       /* the last read waits for EPOLLOUT */
    bool write_wants_read;       /* the last write waits for EPOLLIN */
    bool is_finished, is_broken; /* our end was sent; TLS must not be spoken any more */
};

/* Go on with the TLS handshake. Whoever does not begin with a TLS record is FAILED at once. */
enum ic_web_io ic_web_io_accept(struct ic_web_channel *channel, struct ssl_ctx_st *context);
/* Read up to cap bytes. */
enum ic_web_io ic_web_io_read(struct ic_web_channel *channel, uint8_t *out, size_t cap,
                              size_t *len);
/* Write some of len bytes. After AGAIN the same bytes must come first in the next call; they may
 * have moved. */
enum ic_web_io ic_web_io_write(struct ic_web_channel *channel, const uint8_t *bytes, size_t len,
                               size_t *written);
/* Send our end (TLS close_notify, FIN). */
void ic_web_io_finish(struct ic_web_channel *channel);
/* Close the descriptor and free the TLS state. */
void ic_web_io_close(struct ic_web_channel *channel);

#endif
