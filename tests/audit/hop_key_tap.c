/* Writes the session keys of SRTP, which the server does hold, so that an audit of its memory can
 * show that it would find a key that is there. It stands in front of ic_srtp_cipher_init (linker
 * option --wrap) in a test binary, incamera_tap. Never in the product.
 *
 *  TEST_HOP_KEYS  the file: a byte with the length, the key, and so on. Without it nothing is
 *                     written.
 *
 * The key goes from where the product has it straight to the kernel: no copy of ours may be found.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "transport/srtp_cipher.h"

#define PRIVATE 0600

/* As the header declares it, so that another form of it does not compile. */
__typeof__(ic_srtp_cipher_init) __real_ic_srtp_cipher_init, __wrap_ic_srtp_cipher_init;

enum ic_err __wrap_ic_srtp_cipher_init(struct ic_srtp_cipher *c, enum ic_srtp_profile profile,
                                       enum ic_srtp_kind kind, const struct ic_srtp_engine *engine,
                                       enum ic_aead_use use,
                                       const struct ic_srtp_session_keys *keys)
{
    const char *path = getenv("TEST_HOP_KEYS");
    if (path != NULL) {
        int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, PRIVATE);
        uint8_t len = (uint8_t)ic_srtp_key_len(profile);
        const struct iovec parts[] = {{&len, 1}, {(void *)(uintptr_t)keys->key, len}};
        if (file < 0 || writev(file, parts, 2) != len + 1 || close(file) != 0)
            abort(); /* the audit would have no control */
    }
    return __real_ic_srtp_cipher_init(c, profile, kind, engine, use, keys);
}
