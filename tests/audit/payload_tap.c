/* Writes what the server has of each media packet once SRTP is off. It stands in front of
 * ic_forwarder_run (linker option --wrap) in a test binary, incamera_tap. Never in the product.
 *
 *  TEST_TAP  the file, which is made anew. Without it nothing is written. One worker only. */
#include <stdio.h>
#include <stdlib.h>

#include "audit/tap.h"
#include "base/assert.h"
#include "base/wr.h"
#include "sfu/forwarder.h"
#include "sfu/worker_state.h"

__typeof__(ic_forwarder_run) __real_ic_forwarder_run, __wrap_ic_forwarder_run;

static void write_record(FILE *file, const struct ic_track *track,
                         const struct ic_media_packet *media, const uint8_t *payload)
{
    uint8_t bytes[TAP_MAGIC_LEN + TAP_RECORD_LEN + IC_PACKET_CAP];
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    if (ftell(file) == 0)
        ic_wr_bytes(&w, TAP_MAGIC, TAP_MAGIC_LEN);
    ic_wr_u64(&w, (uint64_t)track->ref.generation << 32 | track->ref.index);
    ic_wr_u64(&w, media->ext_seq);
    ic_wr_u8(&w, (uint8_t)media->codec);
    ic_wr_u8(&w, media->marker);
    ic_wr_u16(&w, media->payload_len);
    ic_wr_bytes(&w, payload, media->payload_len);
    IC_ASSERT(ic_wr_ok(&w));
    if (fwrite(w.base, 1, w.len, file) != w.len || fflush(file) != 0)
        abort(); /* half a capture proves nothing */
}

void __wrap_ic_forwarder_run(struct ic_worker *w, struct ic_time now, struct ic_track *track,
                             struct ic_ref packet)
{
    static FILE *file;
    const char *path = getenv("TEST_TAP");
    if (file == NULL && path != NULL) {
        file = fopen(path, "wb");
        if (file == NULL)
            abort();
    }
    const struct ic_media_packet *media = &ic_packet_pool_at(&w->packets, packet)->media;
    if (file != NULL)
        write_record(file, track, media,
                     &ic_packet_pool_bytes(&w->packets, packet)[media->payload_offset]);
    __real_ic_forwarder_run(w, now, track, packet);
}
