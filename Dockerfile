# The exporter as one static binary and nothing else. Not built in the project's own tests, which have no container
# engine; what it runs is built and tested by `make build` and `make test`.
#
#   make page            the module, the plugin and the page, which the binary embeds
#   docker build -t gatescope .
FROM rust:1.95-alpine AS build
RUN apk add --no-cache musl-dev cmake make g++ perl
WORKDIR /src
COPY . .
RUN cargo build --release --locked -p gatescope && strip target/release/gatescope

FROM scratch
# Nothing of it is trusted by default: clusters bring their own authority, collectors name theirs.
COPY --from=build /src/target/release/gatescope /gatescope
USER 65532:65532
EXPOSE 8080
ENV XDG_CACHE_HOME=/tmp
ENTRYPOINT ["/gatescope"]
CMD ["serve"]
