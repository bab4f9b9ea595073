/* The one error type. Three kinds, never mixed: input (the peer sent nonsense: drop, count),
 * limit (full: say busy), state of the world (gone, system). Bugs are asserted, not returned. */
#ifndef IC_BASE_ERR_H
#define IC_BASE_ERR_H

#define IC_NODISCARD __attribute__((warn_unused_result))

enum ic_err {
    IC_OK = 0,
    IC_ERR_INPUT = -1,  /* malformed or not allowed: drop and count */
    IC_ERR_FULL = -2,   /* a bound of limits.h is reached: say busy */
    IC_ERR_AUTH = -3,   /* integrity check failed: drop and count */
    IC_ERR_REPLAY = -4, /* seen before or too old: drop and count */
    IC_ERR_STATE = -5,  /* not now: the machine is in another state */
    IC_ERR_GONE = -6,   /* the handle is stale or the name unknown */
    IC_ERR_SYSTEM = -7, /* the operating system or a library failed (shell and crypto only) */
};

#endif
