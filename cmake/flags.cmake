# Warnings, hardening, sanitizers (docs/STYLE.md).

set(IC_WARNINGS
    -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wvla -Wswitch-enum
    -Wmissing-prototypes -Wstrict-prototypes -Wcast-align -Wwrite-strings -Wundef -Wformat=2
    -Werror)

if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    list(APPEND IC_WARNINGS -Wduplicated-cond -Wlogical-op)
    if(IC_ANALYZE)
        list(APPEND IC_WARNINGS -fanalyzer)
    endif()
else()
    list(APPEND IC_WARNINGS -Wcomma -Wassign-enum -Wunreachable-code)
endif()

add_compile_options(-fno-omit-frame-pointer -fstack-protector-strong -fPIE)
add_compile_definitions(_GNU_SOURCE)
add_link_options(-pie -Wl,-z,relro,-z,now)

if(IC_SANITIZE STREQUAL "address")
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all)
    add_link_options(-fsanitize=address,undefined)
elseif(IC_SANITIZE STREQUAL "thread")
    add_compile_options(-fsanitize=thread)
    add_link_options(-fsanitize=thread)
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
    add_compile_options(-D_FORTIFY_SOURCE=2)
endif()

if(IC_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
    add_link_options(-fsanitize=address,undefined)
endif()
