#include "sim/faults.h"

#define REORDER_DELAY_MS 30

static void change_links(struct ic_seat *s, const struct ic_fault *f)
{
    struct ic_link *links[] = {&s->up, &s->down};
    for (int i = 0; i < 2; i++) {
        struct ic_link *link = links[i];
        if (f->kind == IC_FAULT_LOSS)
            link->loss_ppm = f->value;
        if (f->kind == IC_FAULT_DUPLICATE)
            link->duplicate_ppm = f->value;
        if (f->kind == IC_FAULT_JITTER)
            link->jitter = IC_US(f->value);
        if (f->kind == IC_FAULT_PARTITION)
            link->down = f->value != 0;
        if (f->kind == IC_FAULT_REORDER) {
            link->reorder_ppm = f->value;
            link->reorder_delay = IC_MS(REORDER_DELAY_MS);
        }
    }
}

static void apply_to(struct ic_world *world, const struct ic_fault *f, uint32_t seat)
{
    switch (f->kind) {
    case IC_FAULT_LOSS:
    case IC_FAULT_REORDER:
    case IC_FAULT_DUPLICATE:
    case IC_FAULT_JITTER:
    case IC_FAULT_PARTITION:
        change_links(&world->seats[seat], f);
        break;
    case IC_FAULT_RATE:
        world->seats[seat].down.rate_bps = f->value;
        break;
    case IC_FAULT_REBIND:
        ic_world_rebind(world, seat);
        break;
    case IC_FAULT_MEDIA:
        ic_world_set_media(world, seat, (f->value & 1) != 0, (f->value & 2) != 0);
        break;
    case IC_FAULT_LEAVE:
        ic_world_leave(world, seat);
        break;
    }
}

void ic_faults_run(struct ic_world *world, const struct ic_fault *faults, size_t count,
                   struct ic_dur span)
{
    struct ic_time start = world->now, end = ic_time_add(start, span);
    for (size_t i = 0; i < count; i++) {
        struct ic_time at = ic_time_add(start, faults[i].after);
        ic_world_run(world, ic_time_sub(at, world->now));
        for (uint32_t seat = 0; seat < world->seat_count; seat++)
            if (world->seats[seat].present &&
                (faults[i].seat == IC_FAULT_ALL || faults[i].seat == seat))
                apply_to(world, &faults[i], seat);
    }
    ic_world_run(world, ic_time_sub(end, world->now));
}
