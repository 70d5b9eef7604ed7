# The exporter as one static binary and nothing else. `make image` builds the binary, and this; nothing is fetched.
FROM scratch
ARG TARGETARCH=amd64
LABEL org.opencontainers.image.title="gatescope" \
      org.opencontainers.image.description="What a Gateway API cluster exposes, and why the rest is not" \
      org.opencontainers.image.licenses="Apache-2.0"
# Nothing of it is trusted by default: clusters bring their own authority, collectors name theirs.
COPY target/image/${TARGETARCH}/gatescope /gatescope
USER 65532:65532
EXPOSE 8080
# Compiled modules are kept here; a read-only file system wants a volume at this place.
ENV XDG_CACHE_HOME=/tmp
ENTRYPOINT ["/gatescope"]
CMD ["serve"]
