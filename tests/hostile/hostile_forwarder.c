/* A media server that lies: it takes the place of ic_forwarder_run (linker option --wrap) in a test
 * binary, incamera_hostile, and does to the packets what one word in a file says. The word is read
 * again and again, so that a test can change it in the middle of a meeting. Never in the product.
 *
 *  honest     nothing
 *  swap       what one person sends goes out as what the other one sends
 *  replay     each microphone's first packet, again and again
 *  plaintext  frames that were never encrypted
 *  kind       a camera's frame in place of a microphone's
 *  tamper     one bit of each frame is another one */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sfu/forwarder.h"
#include "sfu/worker_state.h"

#define READ_EVERY   32 /* packets */
#define WORD_MAX     16
#define KEPT_MAX     1024
#define VP8_CLEAR    10 /* bytes of a frame that are not encrypted, at most */
#define FLIPPED_BACK 20 /* from the end: inside ciphertext or tag */

void __real_ic_forwarder_run(struct ic_worker *w, struct ic_time now, struct ic_track *track,
                             struct ic_ref packet);
void __wrap_ic_forwarder_run(struct ic_worker *w, struct ic_time now, struct ic_track *track,
                             struct ic_ref packet);

/* One worker runs in the tests. */
static struct {
    char word[WORD_MAX];
    unsigned seen;
    uint8_t audio[KEPT_MAX], video[KEPT_MAX];
    uint16_t audio_len, video_len;
} lie;

static void read_word(void)
{
    const char *path = getenv("TEST_HOSTILE");
    FILE *file = path == NULL ? NULL : fopen(path, "r");
    if (lie.seen++ % READ_EVERY != 0 || file == NULL) {
        if (file != NULL)
            fclose(file);
        return;
    }
    if (fscanf(file, "%15s", lie.word) != 1)
        lie.word[0] = '\0';
    fclose(file);
}

static bool says(const char *word)
{
    return strcmp(lie.word, word) == 0;
}

static void put_payload(struct ic_media_packet *media, uint8_t *payload, const uint8_t *bytes,
                        uint16_t len)
{
    memcpy(payload, bytes, len);
    media->payload_len = len;
}

/* The other publisher's track of this kind. */
static struct ic_track *other_track(struct ic_worker *w, const struct ic_track *track)
{
    for (uint32_t i = 0; i < w->tracks.count; i++) {
        struct ic_ref ref;
        struct ic_track *other = ic_pool_at_index(&w->tracks, i, &ref);
        if (other != NULL && other->kind == track->kind && other->owner != track->owner &&
            other->ssrc != 0 && other->subscriber_count > 0)
            return other;
    }
    return NULL;
}

static void lie_about_audio(struct ic_media_packet *media, uint8_t *payload)
{
    static const uint8_t silence[] = {0xf8, 0xff, 0xfe}; /* RFC 6716: 20 ms of CELT silence */
    if (says("replay") && lie.audio_len > 0)
        put_payload(media, payload, lie.audio, lie.audio_len);
    else if (says("plaintext"))
        put_payload(media, payload, silence, sizeof silence);
    else if (says("kind") && lie.video_len > 0)
        put_payload(media, payload, lie.video, lie.video_len);
    if (lie.audio_len == 0 && media->payload_len <= KEPT_MAX) {
        memcpy(lie.audio, payload, media->payload_len);
        lie.audio_len = media->payload_len;
    }
}

static void lie_about_video(struct ic_media_packet *media, uint8_t *payload)
{
    uint16_t skip =
        (uint16_t)(media->pdesc.len + 1); /* descriptor, clear byte of a VP8 delta frame */
    bool is_whole = media->pdesc.frame_start && media->marker && !media->pdesc.key_frame;
    if (is_whole && media->payload_len > skip && media->payload_len - skip <= KEPT_MAX) {
        lie.video_len = (uint16_t)(media->payload_len - skip);
        memcpy(lie.video, payload + skip, lie.video_len);
    }
    size_t clear = (size_t)media->pdesc.len + VP8_CLEAR;
    if (says("plaintext") && media->payload_len > clear)
        memset(payload + clear, 0, media->payload_len - clear);
}

void __wrap_ic_forwarder_run(struct ic_worker *w, struct ic_time now, struct ic_track *track,
                             struct ic_ref packet)
{
    struct ic_media_packet *media = &ic_packet_pool_at(&w->packets, packet)->media;
    uint8_t *payload = &ic_packet_pool_bytes(&w->packets, packet)[media->payload_offset];
    read_word();
    if (media->payload_len > 0) {
        if (track->kind == IC_KIND_AUDIO)
            lie_about_audio(media, payload);
        else
            lie_about_video(media, payload);
        if (says("tamper") && media->payload_len > FLIPPED_BACK + VP8_CLEAR)
            payload[media->payload_len - FLIPPED_BACK] ^= 1;
    }
    struct ic_track *other = says("swap") ? other_track(w, track) : NULL;
    __real_ic_forwarder_run(w, now, other == NULL ? track : other, packet);
}
