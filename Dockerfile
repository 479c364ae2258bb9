# The relay alone, on Debian 13: uWebSockets.js needs glibc 2.38 or newer, which Debian 12 and Alpine do not have.

FROM node:24-trixie-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package needs its install script: binaries are in the packages. The optional ones are other platforms' Node.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund \
 && find node_modules/uWebSockets.js -name '*.node' \
      ! -name "uws_linux_$(node -p 'process.arch')_$(node -p 'process.versions.modules').node" -delete \
 && node -e "import('uWebSockets.js').then(() => process.exit(0))"

FROM node:24-trixie-slim
WORKDIR /app
ENV NODE_ENV=production \
    ASIDE_HOST=0.0.0.0 \
    ASIDE_PORT=8787 \
    ASIDE_STORE=sqlite:/data/relay.sqlite
RUN groupadd --system --gid 10001 aside \
 && useradd --system --uid 10001 --gid aside --no-create-home --shell /usr/sbin/nologin aside \
 && install -d -o aside -g aside -m 0700 /data
COPY --from=packages /app/node_modules node_modules
COPY package.json LICENSE ./
COPY shared shared
COPY relay relay
COPY scripts/pair.ts scripts/
COPY scripts/pair scripts/pair
USER 10001:10001
VOLUME /data
EXPOSE 8787
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.ASIDE_PORT}/livez`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Secrets come as a file (compose.yaml) or as environment; the image holds none.
CMD ["node", "--env-file-if-exists=/run/secrets/relay.env", "relay/main.ts"]
