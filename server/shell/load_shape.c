#include "shell/load_shape.h"

#include <string.h>

#include "base/assert.h"
#include "base/limits.h"
#include "shell/load_frame.h"

#define RECORDED_DATAGRAM_LEN 1200

/* A person's microphone, as it was recorded with the camera. */
static const struct ic_load_shape RECORDED_SOUND = {.letter = "",
                                                    .text = "the sound of it",
                                                    .kind = IC_KIND_AUDIO,
                                                    .datagram_len = RECORDED_DATAGRAM_LEN,
                                                    .frames_per_s = 25,
                                                    .clock_rate = 48000,
                                                    .recording = &ic_load_recording_sound};

/* Video: the same number of packets a second in each of the shapes, below what the server takes of
 * one sender. */
static const struct ic_load_shape SHAPES[] = {
    {.letter = "V",
     .text = "video in frames of 10 packets",
     .publishers = 1,
     .kind = IC_KIND_VIDEO,
     .packets = 10,
     .datagram_len = 1200,
     .frames_per_s = 200,
     .clock_rate = 90000},
    {.letter = "T",
     .text = "video in groups of 4 packets",
     .publishers = 1,
     .kind = IC_KIND_VIDEO,
     .packets = 4,
     .datagram_len = 1200,
     .frames_per_s = 500,
     .clock_rate = 90000},
    {.letter = "L",
     .text = "lone packets of video",
     .publishers = 1,
     .kind = IC_KIND_VIDEO,
     .packets = 1,
     .datagram_len = 1200,
     .frames_per_s = 2000,
     .clock_rate = 90000},
    {.letter = "A",
     .text = "speech in Opus",
     .publishers = 20,
     .kind = IC_KIND_AUDIO,
     .packets = 1,
     .datagram_len = 144,
     .spread = 48,
     .frames_per_s = 50,
     .clock_rate = 48000},
    {.letter = "M",
     .text = "camera and microphone as a browser sent them",
     .publishers = 8,
     .kind = IC_KIND_VIDEO,
     .datagram_len = RECORDED_DATAGRAM_LEN,
     .frames_per_s = 25,
     .clock_rate = 90000,
     .recording = &ic_load_recording_picture,
     .sound = &RECORDED_SOUND},
    {.letter = "P",
     .text = "the same, where people come, go, and switch them off and on",
     .publishers = 16,
     .kind = IC_KIND_VIDEO,
     .datagram_len = RECORDED_DATAGRAM_LEN,
     .frames_per_s = 25,
     .clock_rate = 90000,
     .recording = &ic_load_recording_picture,
     .sound = &RECORDED_SOUND,
     .is_live = true},
};

const struct ic_load_shape *ic_load_shape_find(const char *letter)
{
    for (size_t i = 0; i < sizeof SHAPES / sizeof SHAPES[0]; i++)
        if (strcmp(SHAPES[i].letter, letter) == 0)
            return &SHAPES[i];
    return NULL;
}

size_t ic_load_shape_packets_max(const struct ic_load_shape *shape)
{
    if (shape->recording == NULL)
        return shape->packets;
    size_t chunk = ic_load_shape_chunk_len(shape);
    size_t packets = (shape->recording->frame_max + IC_LOAD_FRAME_EXPANSION_MAX - 1) / chunk + 1;
    IC_ASSERT(packets <= IC_LOAD_FRAME_PACKETS_MAX);
    return packets;
}
