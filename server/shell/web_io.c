#include "shell/web_io.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

/* RFC 8446 5.1: ContentType handshake(22); the first byte of every TLS client. */
#define TLS_FIRST_BYTE 0x16

static enum ic_web_io plain_result(ssize_t result)
{
    if (result > 0)
        return IC_WEB_IO_DONE;
    if (result == 0)
        return IC_WEB_IO_END;
    return errno == EAGAIN || errno == EINTR ? IC_WEB_IO_AGAIN : IC_WEB_IO_FAILED;
}

/* What a failed OpenSSL call means; *wants_other: it waits for the opposite direction. */
static enum ic_web_io tls_result(struct ic_web_channel *channel, int result, int other,
                                 bool *wants_other)
{
    int error = SSL_get_error(channel->tls, result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        *wants_other = error == other;
        return IC_WEB_IO_AGAIN;
    }
    if (error == SSL_ERROR_ZERO_RETURN)
        return IC_WEB_IO_END;
    /* After SSL_ERROR_SSL and SSL_ERROR_SYSCALL "no further I/O operations should be performed",
     * SSL_shutdown included. */
    channel->is_broken = true;
    ERR_clear_error();
    return IC_WEB_IO_FAILED;
}

static enum ic_web_io start_tls(struct ic_web_channel *channel, struct ssl_ctx_st *context)
{
    uint8_t first;
    ssize_t result = recv(channel->fd, &first, 1, MSG_PEEK);
    if (result <= 0)
        return plain_result(result) == IC_WEB_IO_AGAIN ? IC_WEB_IO_AGAIN : IC_WEB_IO_FAILED;
    if (first != TLS_FIRST_BYTE)
        return IC_WEB_IO_FAILED;
    channel->tls = SSL_new(context);
    if (channel->tls == NULL || SSL_set_fd(channel->tls, channel->fd) != 1)
        return IC_WEB_IO_FAILED;
    return IC_WEB_IO_DONE;
}

enum ic_web_io ic_web_io_accept(struct ic_web_channel *channel, struct ssl_ctx_st *context)
{
    if (channel->tls == NULL) {
        enum ic_web_io started = start_tls(channel, context);
        if (started != IC_WEB_IO_DONE)
            return started;
    }
    ERR_clear_error();
    int result = SSL_accept(channel->tls);
    channel->read_wants_write = false;
    if (result == 1)
        return IC_WEB_IO_DONE;
    return tls_result(channel, result, SSL_ERROR_WANT_WRITE, &channel->read_wants_write);
}

enum ic_web_io ic_web_io_read(struct ic_web_channel *channel, uint8_t *out, size_t cap, size_t *len)
{
    *len = 0;
    if (channel->tls == NULL) {
        ssize_t result = recv(channel->fd, out, cap, 0);
        *len = result > 0 ? (size_t)result : 0;
        return plain_result(result);
    }
    ERR_clear_error();
    channel->read_wants_write = false;
    int result = SSL_read_ex(channel->tls, out, cap, len);
    if (result == 1)
        return IC_WEB_IO_DONE;
    return tls_result(channel, result, SSL_ERROR_WANT_WRITE, &channel->read_wants_write);
}

enum ic_web_io ic_web_io_write(struct ic_web_channel *channel, const uint8_t *bytes, size_t len,
                               size_t *written)
{
    *written = 0;
    if (channel->tls == NULL) {
        ssize_t result = send(channel->fd, bytes, len, MSG_NOSIGNAL);
        *written = result > 0 ? (size_t)result : 0;
        return result == 0 ? IC_WEB_IO_AGAIN : plain_result(result);
    }
    ERR_clear_error();
    channel->write_wants_read = false;
    int result = SSL_write_ex(channel->tls, bytes, len, written);
    if (result == 1)
        return IC_WEB_IO_DONE;
    return tls_result(channel, result, SSL_ERROR_WANT_READ, &channel->write_wants_read);
}

void ic_web_io_finish(struct ic_web_channel *channel)
{
    if (channel->is_finished)
        return;
    channel->is_finished = true;
    if (channel->tls != NULL && !channel->is_broken && SSL_is_init_finished(channel->tls)) {
        ERR_clear_error();
        if (SSL_shutdown(channel->tls) < 0)
            ERR_clear_error();
    }
    shutdown(channel->fd, SHUT_WR);
}

void ic_web_io_close(struct ic_web_channel *channel)
{
    SSL_free(channel->tls);
    channel->tls = NULL;
    close(channel->fd);
    channel->fd = -1;
}
