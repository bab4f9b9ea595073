/* What one person sent for a while, as a browser encoded it: when each frame came, and how long it
 * was. For shapes whose frames are not all alike. */
#ifndef IC_SHELL_LOAD_RECORDING_H
#define IC_SHELL_LOAD_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ic_load_recorded {
    uint16_t at_ms; /* from the beginning, rising */
    uint16_t bytes; /* before it is sealed */
    bool is_key;
};

struct ic_load_recording {
    uint32_t length_ms; /* then it begins anew */
    uint32_t frame_max; /* bytes of the largest */
    size_t count;
    const struct ic_load_recorded *frames;
};

/* A camera, whose first frame is a key frame, and the microphone of the same person. */
extern const struct ic_load_recording ic_load_recording_picture, ic_load_recording_sound;

#endif
