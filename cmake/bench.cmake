# bench/yardstick.c: the bare loop that the server is measured against (make bench T=forward).

if(NOT IC_FUZZ)
    add_executable(yardstick EXCLUDE_FROM_ALL bench/yardstick.c)
    target_compile_options(yardstick PRIVATE ${IC_WARNINGS})
    target_link_libraries(yardstick PRIVATE ic_transport PkgConfig::JANSSON)
endif()
