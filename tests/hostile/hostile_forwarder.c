/* A media server that lies: it takes the place of ic_forwarder_run (linker option --wrap) in a test
 * binary, incamera_hostile, and does to the packets what one word in a file says. The word is read
 * again and again, so that a test can change it in the middle of a meeting. Never in the product.
 *
 *  honest     nothing
 *  swap       what one person sends goes out as what the other one sends
 *  replay     each microphone's last honest packet, again and again
 *  plaintext  frames that were never encrypted
 *  kind       a frame of the same person's camera in place of each of the microphone
 *  tamper     one bit of each frame is another one */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sfu/forwarder.h"
#include "sfu/worker_state.h"

#define READ_EVERY   32 /* packets */
#define WORD_MAX     16
#define KEPT_MAX     1024
#define OWNERS       16
#define VP8_CLEAR    10 /* bytes of a frame that are not encrypted, at most */
#define FLIPPED_BACK 20 /* from the end: inside ciphertext or tag */

__typeof__(ic_forwarder_run) __real_ic_forwarder_run, __wrap_ic_forwarder_run;

struct kept {
    uint8_t bytes[KEPT_MAX];
    uint16_t len; /* 0: nothing so far */
};

/* One worker runs in the tests. */
static struct {
    char word[WORD_MAX];
    unsigned seen;
    struct kept audio[OWNERS], video[OWNERS];
} lie;

/* The word of the moment; whether it has just become another one. */
static bool read_word(void)
{
    const char *path = getenv("TEST_HOSTILE");
    char word[WORD_MAX] = "";
    if (path == NULL || lie.seen++ % READ_EVERY != 0)
        return false;
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false;
    bool is_read = fscanf(file, "%15s", word) == 1;
    fclose(file);
    if (!is_read || strcmp(word, lie.word) == 0)
        return false;
    memcpy(lie.word, word, sizeof lie.word);
    return true;
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

/* What comes next begins anew in every slot, as after an honest change of its source: numbers go
 * on, and pictures begin with a key frame. A lie that is told well breaks off nothing. */
static void begin_anew(struct ic_worker *w, struct ic_time now)
{
    for (uint32_t i = 0; i < w->tracks.count; i++) {
        struct ic_ref ref;
        struct ic_track *track = ic_pool_at_index(&w->tracks, i, &ref);
        for (uint32_t k = 0; track != NULL && k < track->subscriber_count; k++) {
            struct ic_slot *slot = ic_worker_slot(w, track->subscribers[k]);
            if (!slot->waiting)
                ic_slot_wait(w, now, slot);
        }
    }
}

static void lie_about_audio(struct ic_media_packet *media, uint8_t *payload, uint32_t owner)
{
    static const uint8_t silence[] = {0xf8, 0xff, 0xfe}; /* RFC 6716: 20 ms of CELT silence */
    struct kept *audio = &lie.audio[owner % OWNERS], *video = &lie.video[owner % OWNERS];
    if (!says("replay") && media->payload_len <= KEPT_MAX) {
        memcpy(audio->bytes, payload, media->payload_len);
        audio->len = media->payload_len;
    }
    if (says("replay") && audio->len > 0)
        put_payload(media, payload, audio->bytes, audio->len);
    else if (says("plaintext"))
        put_payload(media, payload, silence, sizeof silence);
    else if (says("kind") && video->len > 0)
        put_payload(media, payload, video->bytes, video->len);
}

static void lie_about_video(struct ic_media_packet *media, uint8_t *payload, uint32_t owner)
{
    struct kept *video = &lie.video[owner % OWNERS];
    uint16_t skip =
        (uint16_t)(media->pdesc.len + 1); /* descriptor, clear byte of a VP8 delta frame */
    bool is_whole = media->pdesc.frame_start && media->marker && !media->pdesc.key_frame;
    if (is_whole && media->payload_len > skip && media->payload_len - skip <= KEPT_MAX) {
        video->len = (uint16_t)(media->payload_len - skip);
        memcpy(video->bytes, payload + skip, video->len);
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
    if (read_word())
        begin_anew(w, now);
    if (media->payload_len > 0) {
        if (track->kind == IC_KIND_AUDIO)
            lie_about_audio(media, payload, track->owner);
        else
            lie_about_video(media, payload, track->owner);
        if (says("tamper") && media->payload_len > FLIPPED_BACK + VP8_CLEAR)
            payload[media->payload_len - FLIPPED_BACK] ^= 1;
    }
    struct ic_track *other = says("swap") ? other_track(w, track) : NULL;
    __real_ic_forwarder_run(w, now, other == NULL ? track : other, packet);
}
